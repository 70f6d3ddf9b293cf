import { expect, it } from 'vitest'
import { writtenValues } from '../../../../domain/mask/restore/written-values.ts'
import { costExponent, LINEAR } from '../../../measure/processor-cost.ts'
import { base64 } from '../mask-fixtures.ts'

const written = (operations: readonly object[]): Record<string, string> => {
  const body = Buffer.from(JSON.stringify(operations))
  const { values } = writtenValues({ contentType: 'application/json-patch+json', body, parseYaml: () => undefined })
  return Object.fromEntries([...values].map(([key, value]) => [key, value.toString()]))
}

it('reads what the operations of a JSON Patch leave', () => {
  expect(
    written([
      { op: 'add', path: '/data/gone', value: base64('gone') },
      { op: 'add', path: '/data', value: { a: base64('one'), b: base64('two'), c: base64('kept') } },
      { op: 'replace', path: '/data/a', value: base64('three') },
      { op: 'add', path: '/data/with~1slash~01', value: base64('four') },
      { op: 'add', path: '/stringData/b', value: 'five' },
      { op: 'test', path: '/data/d', value: base64('tested') },
    ]),
  ).toEqual({ a: 'three', b: 'five', c: 'kept', 'with/slash~1': 'four' })
})

const patch = (count: number): unknown =>
  written(Array.from({ length: count }, (_, index) => ({ op: 'add', path: `/data/a${index}`, value: 'eA==' })))

it('takes linear time for many operations', async () => {
  expect(await costExponent(patch, [1_000, 10_000], 3)).toBeLessThan(LINEAR)
})
