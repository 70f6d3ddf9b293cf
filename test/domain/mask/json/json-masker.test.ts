import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CannotMask } from '../../../../domain/mask/cannot-mask.ts'
import { MASK_TEXT } from '../../../../domain/mask/secret/mask-text.ts'
import { createMasker } from '../../../../domain/mask/masker.ts'
import { secret, withValues } from '../secret-bodies.ts'
import { base64, cuts, masked, nothingKnown, place, placeholders, searching, shownFor } from '../mask-fixtures.ts'

const RUNS = Number(process.env['JIT_FUZZ_RUNS'] ?? 10_000)
const indent = fc.constantFrom(undefined, 1, '\t')
const shown = (name: string, key: string, value: string) => placeholders.of(place(key, name), Buffer.from(value))
const two = fc.tuple(secret('db'), secret('tls'))

const units = (point: string) =>
  point
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('')
const answers = (bodies: readonly object[], space: number | string | undefined) => ({
  list: JSON.stringify({ kind: 'SecretList', apiVersion: 'v1', metadata: { resourceVersion: '7' }, items: bodies }, null, space),
  table: JSON.stringify(
    { kind: 'Table', columnDefinitions: [{ name: 'Name', priority: 0 }], rows: bodies.map((object) => ({ cells: ['db', 2, null], object })) },
    null,
    space,
  ),
  frames: bodies.map((object) => `${JSON.stringify({ type: 'MODIFIED', object }, null, space)}\n`).join(''),
})
const one = (inner: string, options: Parameters<typeof masked>[2] = {}) =>
  masked('secret', `{"metadata":{"name":"db","namespace":"shop"},${inner}}`, options).toString()
const echo = (value: string) => one(`"data":{"a":"${base64(value)}"}`, { echo: true, cuts: [7] })

// Property runs take seconds on a shared machine.

describe('the masker agrees with a parser at any cut and keeps every other byte', () => {
  it('for one Secret', () => {
    fc.assert(
      fc.property(secret('db'), indent, cuts, (body, space, sizes) => {
        const out = masked('secret', JSON.stringify(body, null, space), { cuts: sizes, namespace: 'shop', name: 'db' })
        expect(out.toString()).toBe(JSON.stringify(withValues(body, shown), null, space))
      }),
      { numRuns: RUNS },
    )
  })
  it('for a list, a Table and watch frames', () => {
    fc.assert(
      fc.property(two, indent, cuts, (bodies, space, sizes) => {
        const sent = answers(bodies, space)
        const wanted = answers(
          bodies.map((body) => withValues(body, shown)),
          space,
        )
        for (const form of ['list', 'table'] as const)
          expect(masked('secret', sent[form], { cuts: sizes, namespace: 'shop' }).toString()).toBe(wanted[form])
        expect(masked('secret-watch', sent.frames, { cuts: sizes }).toString()).toBe(wanted.frames)
      }),
      { numRuns: 2000 },
    )
  })
  it('for any other JSON, if no values are known', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), indent, cuts, (tree, space, sizes) => {
        const sent = JSON.stringify(tree, null, space)
        expect(masked('json', sent, { cuts: sizes }).toString()).toBe(sent)
        expect(masked('json-watch', `${sent}\n${sent}\n`, { cuts: sizes }).toString()).toBe(`${sent}\n${sent}\n`)
      }),
      { numRuns: RUNS },
    )
  })
  it('for known values in any JSON string, with any escapes, except in field names', () => {
    const value = 'p"ss\\w/rd-ä🔑-1'
    const matcher = searching(value)
    const points = Array.from(value)
    const spellings = fc.array(fc.boolean(), { minLength: points.length, maxLength: points.length })
    fc.assert(
      fc.property(spellings, fc.string({ maxLength: 8 }), fc.boolean(), cuts, (how, before, isKey, sizes) => {
        const spelled = points.map((point, at) => (how[at] === true ? units(point) : JSON.stringify(point).slice(1, -1))).join('')
        const string = `"${JSON.stringify(before).slice(1, -1)}${spelled}!"`
        const sent = isKey ? `{${string}:[1,true]}` : `[${string},null]`
        expect(masked('json', sent, { cuts: sizes, known: matcher }).toString()).toBe(isKey ? sent : sent.replace(spelled, MASK_TEXT))
      }),
      { numRuns: RUNS },
    )
  })
})

describe('the masker of Secrets', () => {
  it('masks null, empty and huge values, and duplicate keys', () => {
    const huge = base64(Buffer.alloc(1 << 20, 'x'))
    const out = JSON.parse(one(`"data":{"n":null,"e":"","h":"${huge}"}`, { cuts: [65_536] })) as { data: Record<string, string> }
    expect(out.data).toEqual({ n: shownFor('n', ''), e: shownFor('e', ''), h: placeholders.of(place('h'), Buffer.from(huge)) })
    expect(one(`"data":{"a":"c2VjcmV0"},"data":{"a":"c2VjcmV0"}`)).not.toContain('c2VjcmV0')
  })
  it('gives all placeholders the same length, and a new one when the value changes', () => {
    expect(new Set(['', 'a', 'b'.repeat(5000)].map((value) => shownFor('k', value).length))).toEqual(new Set([56]))
    expect(new Set(['', 'a', 'b'].map((value) => shownFor('k', value))).size).toBe(3)
  })
  it('does not depend on the value in the response to a write', () => {
    expect(echo('guess one')).toBe(echo('guess two'))
  })
  it('masks stringData', () => expect(one('"stringData":{"a":"s3cret \\u0041"}')).not.toMatch(/s3cret|A"/))
  it('shows only the key, Secret and namespace that a grant reveals', () => {
    const reveal = [{ namespace: 'shop', secret: 'db', keys: ['a'] }]
    const body = `"data":{"a":"${base64('shown value')}","b":"${base64('hidden value')}"}`
    const out = JSON.parse(one(body, { reveal, known: searching('shown value', 'hidden value') })) as { data: Record<string, string> }
    expect(out.data).toEqual({ a: base64('shown value'), b: shownFor('b', 'hidden value') })
    for (const metadata of ['"name":"other","namespace":"shop"', '"name":"db","namespace":"bank"', '"name":"db"'])
      expect(masked('secret', `{"metadata":{${metadata}},${body}}`, { reveal }).toString()).not.toContain(base64('shown value'))
    expect(masked('secret', `{${body},"metadata":{"name":"db","namespace":"shop"}}`, { reveal }).toString()).not.toContain(base64('shown value'))
  })
  it('keeps bookmarks and masks the error frame of a watch', () => {
    const bookmark =
      '{"type":"BOOKMARK","object":{"kind":"Secret","apiVersion":"v1","metadata":{"resourceVersion":"9","creationTimestamp":null,"annotations":{"k8s.io/initial-events-end":"true"}}}}\n'
    expect(masked('secret-watch', bookmark, { cuts: [3] }).toString()).toBe(bookmark)
    const error =
      '{"type":"ERROR","object":{"kind":"Status","status":"Failure","message":"invalid value: \\"hunter2\\"","reason":"Expired","code":410,"details":{"causes":[{"message":"hunter2","field":"data"}]}}}\n'
    const out = masked('secret-watch', error, { cuts: [5] }).toString()
    expect(out).not.toContain('hunter2')
    expect(JSON.parse(out)).toMatchObject({ object: { code: 410, reason: 'Expired' } })
  })
  it.each([
    '"data":{"a":1}',
    '"data":{"a":true}',
    '"data":{"a":{"b":"c2VjcmV0"}}',
    '"data":["c2VjcmV0"]',
    '"data":"c2VjcmV0"',
    '"data":{"a":"c2Vj\\u0063mV0"}',
    '"binaryData":{"a":"c2VjcmV0"}',
    '"spec":{"a":"c2VjcmV0"}',
    '"items":[{"spec":{}}]',
    '"rows":[{"object":{"raw":"c2VjcmV0"}}]',
  ])('withholds %s', (inner) => {
    for (const cut of [[1], [1000]]) expect(() => one(inner, { cuts: cut })).toThrow(CannotMask)
  })
  it('withholds an object that the route does not name', () => {
    expect(() => one('"type":"Opaque"', { name: 'other' })).toThrow(CannotMask)
    expect(() => one('"type":"Opaque"', { namespace: 'bank' })).toThrow(CannotMask)
  })
})

describe('the masker withholds input that is not JSON', () => {
  it.each([
    '{"a":1',
    '["a"',
    '"abc',
    'nul',
    '{"a" 1}',
    '{"a":1,}',
    '[1 2]',
    '{"a":1}}',
    '{"a":1} {"b":2}',
    '{"a":"\\x"}',
    '"\\ud83d\\u12"',
    '{1:2}',
    '<html>',
    '[1}',
    "{'a':1}",
    '['.repeat(1001),
    '1'.repeat(401),
    '\u0000',
    '{"a":NaN}',
    '\xff\xfe',
  ])('%s', (text) => {
    for (const cut of [[1], [1000]]) expect(() => masked('json', Buffer.from(text, 'latin1'), { cuts: cut })).toThrow(CannotMask)
  })
  it('returns nothing after a failure', () => {
    const masker = createMasker('json', { known: nothingKnown, placeholders })
    expect(() => masker.push(Buffer.from('}'))).toThrow(CannotMask)
    expect(() => masker.push(Buffer.from('{}'))).toThrow(CannotMask)
    expect(() => masker.end()).toThrow(CannotMask)
  })
  it('never accepts a truncated document', () => {
    const body = JSON.stringify({ metadata: { name: 'db' }, data: { a: 'c2VjcmV0', b: null }, type: 'Opaque' })
    for (let at = 1; at < body.length; at++) expect(() => masked('secret', body.slice(0, at)), String(at)).toThrow(CannotMask)
  })
})

it('masks minted tokens', () => {
  const sent = { kind: 'TokenRequest', spec: { audiences: ['a'] }, status: { token: 'eyJhbGciOi.x.y', expirationTimestamp: '2026-01-01T00:00:00Z' } }
  const out = JSON.parse(masked('token-request', JSON.stringify(sent), { cuts: [4] }).toString()) as unknown
  expect(out).toEqual({ ...sent, status: { ...sent.status, token: MASK_TEXT } })
  expect(JSON.parse(masked('token-request', '{"kind":"Status","status":"Failure","code":403}').toString())).toMatchObject({ code: 403 })
})
it('leaves numbers unchanged', () =>
  expect(masked('json', '{"pin":83621947,"n":83621}', { known: searching('83621947'), cuts: [3] }).toString()).toBe('{"pin":83621947,"n":83621}'))
