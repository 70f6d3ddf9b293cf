import * as models from '@kubernetes/client-node'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MIN_PATTERN } from '../../../../domain/mask/match/pattern.ts'
import { endOfEscape, ESC, UNFINISHED } from '../../../../domain/mask/text/terminal-escapes.ts'
import { createTextMasker } from '../../../../domain/mask/text/text-masker.ts'
import { costExponent, LINEAR } from '../../../measure/processor-cost.ts'
import { OBJECTS } from '../sample-objects.ts'
import { RANDOM_VALUES } from '../random-values.ts'
import { cuts, masked, searching } from '../mask-fixtures.ts'

const RUNS = Math.ceil(Number(process.env['JIT_FUZZ_RUNS'] ?? 10_000) / 30)

type Model = { getAttributeTypeMap?: () => { baseName: string }[] }
const fieldNames = [
  ...new Set((Object.values(models) as Model[]).flatMap((model) => model.getAttributeTypeMap?.() ?? []).map(({ baseName }) => baseName)),
].filter((name) => name.length >= MIN_PATTERN)
/**
 * Whether the text ends inside a terminal escape. In a log the escape then takes bytes of what follows, and a value there shares the mask of this
 * one; a JSON string spells ESC as six characters, so there both have a mask. Both hide the same.
 */
function endsInEscape(text: string): boolean {
  const bytes = Buffer.from(text)
  const at = bytes.lastIndexOf(ESC)
  return at >= 0 && endOfEscape(bytes, at) === UNFINISHED
}
const strong = fc.oneof(...Object.values(RANDOM_VALUES)).filter((text) => !/^[A-Za-z]*$/.test(text) && !endsInEscape(text))
const space = fc.constantFrom(undefined, 2)

function stringsIn(node: unknown): string[] {
  if (typeof node === 'string') return [node]
  return typeof node === 'object' && node !== null ? Object.values(node).flatMap(stringsIn) : []
}

function keysIn(node: unknown): unknown[] {
  if (typeof node !== 'object' || node === null) return []
  return Object.entries(node).map(([key, value]) => [key.startsWith('k:') ? 'k:' : key, keysIn(value)])
}

const fixtures = Object.entries(OBJECTS).map(([name, object]) => ({
  name,
  object,
  kind: name === 'WatchEvent' ? ('json-watch' as const) : ('json' as const),
}))

it('the Kubernetes models provide the field names', () =>
  expect(fieldNames).toEqual(expect.arrayContaining(['containers', 'serviceAccountName', 'terminationGracePeriodSeconds'])))

describe.each(fixtures)('$name: exactly the value positions are masked', ({ object, kind }) => {
  const texts = [...new Set(stringsIn(object((text) => text)).filter((text) => text.length >= MIN_PATTERN && !text.includes('{}')))]
  // Values may be whole texts of the object itself, field names, and the secret that it contains.
  const secrets = fc.record({
    canary: strong,
    fromObject: fc.oneof(fc.constant(texts), fc.subarray(texts)),
    fromSchema: fc.subarray(fieldNames, { maxLength: 40 }),
  })

  it('for any Secret values and cuts', () => {
    fc.assert(
      fc.property(secrets, space, cuts, ({ canary, fromObject, fromSchema }, indent, sizes) => {
        const known = searching(canary, ...fromObject, ...fromSchema)
        const fill = (text: string) => text.replace('{}', () => canary)
        const mask = (text: string) => {
          const masker = createTextMasker({ known })
          return Buffer.concat([masker.push(Buffer.from(text)), masker.endWhole()]).toString()
        }
        const sent = JSON.stringify(object(fill), null, indent)
        const out = masked(kind, sent, { known, cuts: sizes }).toString()
        expect(out).toBe(
          JSON.stringify(
            object((text) => mask(fill(text))),
            null,
            indent,
          ),
        )
        expect(keysIn(JSON.parse(out))).toEqual(keysIn(JSON.parse(sent)))
        expect(masked(kind, sent, { known }).toString()).toBe(out)
        if (canary.length >= 8) expect(stringsIn(JSON.parse(out)).join('\n')).not.toContain(canary)
      }),
      { numRuns: RUNS },
    )
  })
})

describe('text under any field name', () => {
  const value = "p@ss w0rd! 'tr0ub4dor"
  const settings = searching(value)
  it.each(['spec', 'status', 'data', 'config', 'spec.metadata'])('is masked below %s if it does not look like a name', (path) => {
    for (const name of fieldNames)
      for (const inner of [value, [value], { [name]: value }, [{ name, value }], { deep: [[value]] }]) {
        const body = path.split('.').reduceRight<unknown>((node, field) => ({ [field]: node }), { [name]: inner })
        expect(
          masked('json', JSON.stringify({ kind: 'Example', metadata: { name: 'x' }, ...(body as object) }), { known: settings }).toString(),
          name,
        ).not.toContain(value)
      }
  })
})

it('a name stays unchanged, however it is escaped and cut', () => {
  const name = 'orders-database-'.repeat(15)
  const spelled = Array.from(name, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')
  const sent = `{"spec":{"containers":[{"name":"${spelled}"}]}}`
  for (const size of [1, 100, 10_000]) expect(masked('json', sent, { known: searching(name), cuts: [size] }).toString()).toBe(sent)
})

it('a cell full of colons takes linear time', async () => {
  const value = 'tr0ub4dor-9f8e7d6c5b'
  const table = (colons: number): string =>
    JSON.stringify({
      columnDefinitions: [{ name: 'Name', format: 'name' }],
      rows: Array.from({ length: 1000 }, () => ({ cells: [`${value}${':'.repeat(colons)}`] })),
    })
  expect(await costExponent((colons) => masked('json', table(colons), { known: searching(value) }), [100, 900], 3)).toBeLessThan(LINEAR)
})
