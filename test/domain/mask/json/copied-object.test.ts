import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MASK_TEXT } from '../../../../domain/mask/secret/mask-text.ts'
import { costExponent, LINEAR } from '../../../measure/processor-cost.ts'
import { cuts, known, masked, searching } from '../mask-fixtures.ts'

const RUNS = Math.ceil(Number(process.env['JIT_FUZZ_RUNS'] ?? 10_000) / 10)
const CANARY = 'tr0ub4dor-9f8e7d6c5b'
const NAME = 'orders-database'
const matcher = searching(CANARY, NAME, 'kubernetes.io')
const LAST = 'kubectl.kubernetes.io/last-applied-configuration'

const deployment = (value: string, annotations: object = {}) => ({
  kind: 'Deployment',
  metadata: { name: NAME, annotations },
  spec: { template: { spec: { containers: [{ name: NAME, args: ['--url', value], env: [{ name: 'X', value }] }] } } },
})
/** An object with a copy of itself, nested `depth` copies deep. */
const copied = (value: string, depth: number, annotation = LAST): object =>
  depth === 0 ? deployment(value) : deployment(value, { [annotation]: JSON.stringify(copied(value, depth - 1, annotation)) })
const run = (body: object | string, options: Parameters<typeof masked>[2] = {}) =>
  masked('json', typeof body === 'string' ? body : JSON.stringify(body), { known: matcher, ...options }).toString()
const inAnnotation = (text: string) => ({ metadata: { annotations: { [LAST]: text } } })
/** JSON as Go encodes it. */
const goJson = (body: object) => JSON.stringify(body).replace(/[<>&]/g, (char) => `\\u00${char.charCodeAt(0).toString(16)}`)
const pod = (value: string) => ({ spec: { containers: [{ name: 'postgres', env: [{ name: 'DB_PASSWORD', value }] }] } })
const many = (count: number) => `{${`"${LAST}":"{\\"${LAST}\\":\\"{}\\"}",`.repeat(count)}"a":1}`

describe('an annotation that contains a copy of its object', () => {
  it.each([LAST, 'kapp.k14s.io/original'])('is masked like the object: %s', (annotation) => {
    for (const depth of [1, 2, 3])
      for (const size of [1, 7, 100_000])
        expect(run(copied(CANARY, depth, annotation), { cuts: [size] })).toBe(JSON.stringify(copied(MASK_TEXT, depth, annotation)))
  })
  it('passes unchanged if it contains no value', () => {
    const body = `{"metadata":{"annotations":{"${LAST}":${JSON.stringify(`${goJson(copied('<&>', 2))}\n`)}}}}`
    for (const sent of [body, body.replaceAll('Deployment', 'Deploy\\u006dent').replaceAll('spec', 'sp\\u0065c')])
      for (const size of [1, 9, 100_000]) expect(run(sent, { cuts: [size] })).toBe(sent)
  })
  it('is masked as text in the fourth nested copy, including names', () => {
    const out = run(copied(CANARY, 4))
    expect(out).not.toContain(CANARY)
    expect(out.match(new RegExp(NAME, 'g'))).toHaveLength(8)
  })
  it.each([
    ['not JSON', `{"name":"${NAME}`],
    ['a text', `"${CANARY}"`],
    ['a list', `[{"name":"${NAME}"}]`],
    ['text after the object', `{"name":"${NAME}"}x`],
    ['plain words', `see ${CANARY} there`],
    ['nested too deeply', `${'{"a":'.repeat(11_000)}"${NAME}"${'}'.repeat(11_000)}`],
    ['too long', JSON.stringify({ name: NAME, pad: '"'.repeat(132_000) })],
  ])('is masked as text if its content is not an object: %s', (_, text) => {
    for (const size of [1, 50, 1_000_000]) {
      const out = run(inAnnotation(text), { cuts: [size] })
      expect(out).toBe(JSON.stringify(inAnnotation(text.replace(CANARY, MASK_TEXT).replace(NAME, MASK_TEXT))))
    }
  })
  it('does not show guessable credentials', () => {
    expect(run(inAnnotation(JSON.stringify(pod('postgres'))), { known: known('postgres') })).toBe(
      JSON.stringify(inAnnotation(JSON.stringify(pod(MASK_TEXT)))),
    )
  })
  it('hides the fields that a policy hides, also in nested copies', () => {
    const fields = ['.spec.template.spec.containers[*].args']
    const hidden = (depth: number): object => {
      const { metadata, ...rest } = deployment('shown', depth === 0 ? {} : { [LAST]: JSON.stringify(hidden(depth - 1)) })
      rest.spec.template.spec.containers[0]!.args = [MASK_TEXT, MASK_TEXT]
      return { kind: rest.kind, metadata, spec: rest.spec }
    }
    for (const size of [1, 100_000]) expect(JSON.parse(run(copied('shown', 3), { fields, cuts: [size] }))).toEqual(hidden(3))
  })
  it('gives the same output however it is cut', () => {
    const text = fc.oneof(
      fc.jsonValue().map((value) => JSON.stringify({ name: NAME, spec: value, value: CANARY })),
      fc.string().map((rest) => `{"name":"${NAME}"}${rest}`),
      fc.string(),
    )
    fc.assert(
      fc.property(text, cuts, (annotation, sizes) => {
        const body = inAnnotation(annotation)
        expect(run(body, { cuts: sizes })).toBe(run(body))
        expect(run(body)).not.toContain(CANARY)
      }),
      { numRuns: RUNS },
    )
  })
  it('takes time linear in the length', async () => {
    expect(await costExponent((count) => run(many(count)), [1000, 10_000], 3)).toBeLessThan(LINEAR)
  })
})
