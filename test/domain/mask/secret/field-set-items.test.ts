import { describe, expect, it } from 'vitest'
import { CannotMask } from '../../../../domain/mask/cannot-mask.ts'
import { createMasker } from '../../../../domain/mask/masker.ts'
import { KnownValues } from '../../../../domain/mask/match/known-values.ts'
import { MASK_TEXT } from '../../../../domain/mask/secret/mask-text.ts'
import { costExponent, LINEAR } from '../../../measure/processor-cost.ts'
import { masked, place, placeholders, searching } from '../mask-fixtures.ts'

const CANARY = 'tr0ub4dor"9f8e7d6c5b'
const NAME = 'orders-database'
const matcher = searching(CANARY, NAME)
const items = (fields: Record<string, object>) => ({
  kind: 'Database',
  metadata: { managedFields: [{ manager: NAME, fieldsType: 'FieldsV1', fieldsV1: fields }] },
})
const run = (fields: Record<string, object>, options: Parameters<typeof masked>[2] = {}) =>
  masked('json', JSON.stringify(items(fields)), { known: matcher, ...options }).toString()
const name = (begin: string, value: unknown) => `${begin}${JSON.stringify(value)}`

describe('a value quoted in managedFields', () => {
  it.each<[Record<string, object>, Record<string, object>]>([
    [{ 'f:list': { [name('v:', CANARY)]: {} } }, { 'f:list': { [name('v:', MASK_TEXT)]: {} } }],
    [
      { 'f:list': { [name('v:', CANARY)]: {}, [name('v:', `x${CANARY}`)]: {}, [name('v:', 'other')]: {} } },
      { 'f:list': { [name('v:', MASK_TEXT)]: {}, [name('v:', `x${MASK_TEXT}2`)]: {}, [name('v:', 'other')]: {} } },
    ],
    [
      { 'f:list': { [name('k:', { name: NAME, url: CANARY, port: 1 })]: { 'f:x': {} } } },
      { 'f:list': { [name('k:', { name: NAME, url: MASK_TEXT, port: 1 })]: { 'f:x': {} } } },
    ],
    [{ 'f:list': { [name('v:', { deep: [CANARY] })]: {} } }, { 'f:list': { [name('v:', MASK_TEXT)]: {} } }],
    [{ 'f:list': { [`v:${CANARY}`]: {} } }, { 'f:list': { [name('v:', MASK_TEXT)]: {} } }],
    [{ 'f:args': { [name('v:', NAME)]: {} } }, { 'f:args': { [name('v:', MASK_TEXT)]: {} } }],
  ])('is masked: %j', (sent, want) => {
    for (const size of [1, 5, 10_000]) expect(run(sent, { cuts: [size] })).toBe(JSON.stringify(items(want)))
  })
  it.each<Record<string, object>>([
    { 'f:finalizers': { [name('v:', NAME)]: {} } },
    { 'f:containers': { [name('k:', { name: NAME })]: { 'f:image': {}, '.': {} } } },
    { [`f:${NAME}`]: { 'f:data': {} } },
    { 'f:list': { 'i:0': {}, [name('v:', 7)]: {}, [name('k:', { containerPort: 80, protocol: 'TCP' })]: {} } },
  ])('stays if it is a name: %j', (sent) => {
    for (const size of [1, 5, 10_000]) expect(run(sent, { cuts: [size] })).toBe(JSON.stringify(items(sent)))
  })
  it('is hidden if a policy hides the field', () => {
    const fields = ['.spec.tokens[*]', '.spec.users[*].code']
    const sent = {
      'f:spec': {
        'f:tokens': { [name('v:', 'open')]: {}, [name('v:', 'sesame')]: {} },
        'f:users': { [name('k:', { name: 'x', code: 'y' })]: {} },
        'f:other': { [name('v:', 'open')]: {} },
      },
    }
    const want = {
      'f:spec': {
        'f:tokens': { [name('v:', MASK_TEXT)]: {}, [name('v:', `${MASK_TEXT}2`)]: {} },
        'f:users': { [name('k:', { name: 'x', code: `${MASK_TEXT}3` })]: {} },
        'f:other': { [name('v:', 'open')]: {} },
      },
    }
    for (const size of [1, 10_000]) expect(run(sent, { fields, cuts: [size] })).toBe(JSON.stringify(items(want)))
  })
  it('is classified by its own list, even if the same item occurred in another list', () => {
    const item = { [name('v:', NAME)]: {} }
    const hidden = { [name('v:', MASK_TEXT)]: {} }
    const sent = { 'f:finalizers': item, 'f:args': item, 'f:containers': item }
    const want = { 'f:finalizers': item, 'f:args': hidden, 'f:containers': item }
    for (const size of [1, 5, 10_000]) expect(run(sent, { cuts: [size] })).toBe(JSON.stringify(items(want)))
  })
  it('is hidden as soon as its value is learned, even if it was shown before', () => {
    const all = new KnownValues()
    const masker = createMasker('json-watch', { known: all, placeholders })
    const frame = Buffer.from(`${JSON.stringify({ type: 'ADDED', object: items({ 'f:list': { [name('v:', CANARY)]: {} } }) })}\n`)
    expect(masker.push(Buffer.from(frame)).toString()).toBe(frame.toString())
    expect(masker.push(Buffer.from(frame)).toString()).toBe(frame.toString())
    const steps = all.learn({ ...place('password'), value: Buffer.from(CANARY) })
    while (steps.next().done !== true) continue
    expect(masker.push(Buffer.from(frame)).toString()).toContain(name('v:', MASK_TEXT).replaceAll('"', '\\"'))
  })
  it('is hidden if it is nested too deeply', () => {
    const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`
    for (const key of [`v:${deep}`, `k:{"a":${deep}}`]) {
      const out = JSON.parse(run({ 'f:list': { [key]: {} } }, { cuts: [60_000] })) as ReturnType<typeof items>
      const [left = ''] = Object.keys(out.metadata.managedFields[0]?.fieldsV1['f:list'] ?? {})
      expect(left).toContain(MASK_TEXT)
      expect(left.length).toBeLessThan(100)
    }
  })
})

const deep = (levels: number, array = false) =>
  `{"kind":"Database","spec":${(array ? '[' : '{"spec":').repeat(levels - 1)}"${CANARY.replace('"', '\\"')}"${(array ? ']' : '}').repeat(levels - 1)}}`
const watched = (times: number, levels: number): Buffer =>
  masked('json-watch', Array.from({ length: times }, () => deep(levels)).join('\n'), { known: matcher, fields: ['.spec.*.x'] })

describe('nesting depth', () => {
  it.each([true, false])('9 990 levels pass and 10 100 are withheld (lists: %s)', (array) => {
    for (const fields of [[], ['.spec.*.x', '.a[*].b']])
      for (const cut of [[1000], [1_000_000]]) {
        expect(masked('json', deep(9990, array), { fields, cuts: cut }).toString()).toBe(deep(9990, array))
        expect(masked('json', deep(9990, array), { known: matcher, fields, cuts: cut }).toString()).toBe(
          deep(9990, array).replace('tr0ub4dor\\"9f8e7d6c5b', MASK_TEXT),
        )
        expect(() => masked('json', deep(10_100, array), { fields, cuts: cut })).toThrow(CannotMask)
      }
  })
  it('takes time linear in the length and in the depth', async () => {
    expect(await costExponent((times) => watched(times, 9990), [2, 16], 3)).toBeLessThan(LINEAR)
    expect(await costExponent((levels) => watched(8, levels), [1200, 9600], 3)).toBeLessThan(LINEAR)
  })
})
