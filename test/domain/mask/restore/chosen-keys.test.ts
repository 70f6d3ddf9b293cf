import { describe, expect, it } from 'vitest'
import { parse as parseYaml } from 'yaml'
import { chosenKeys } from '../../../../domain/mask/restore/chosen-keys.ts'
import { refuseOracle } from '../../../../domain/mask/restore/oracles.ts'
import { base64, shownFor } from '../mask-fixtures.ts'

const GUESS = base64('a guess at the value')
const SHOWN = shownFor('password', 'hunter2hunter2')
const chosen = (body: unknown, contentType = 'application/json') =>
  chosenKeys({ contentType, body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)) })
const patched = (...operations: unknown[]) => chosen(operations, 'application/json-patch+json')

describe('chosenKeys', () => {
  it('omits keys that the write left unchanged, removed or restored', () => {
    expect(chosen('')).toEqual([])
    expect(chosen({ metadata: { labels: { a: 'b' } } })).toEqual([])
    expect(chosen({ data: { password: SHOWN, gone: null }, stringData: null })).toEqual([])
    expect(patched({ op: 'add', path: '/metadata/labels/a', value: 'b' }, { op: 'replace', path: '/data/password', value: SHOWN })).toEqual([])
    expect(patched({ op: 'remove', path: '/data/password' }, { op: 'test', path: '/type', value: 'x' })).toEqual([])
  })
  it('includes every other key', () => {
    expect(chosen({ data: { password: GUESS, other: SHOWN } })).toEqual(['password'])
    expect(chosen({ data: { password: SHOWN }, stringData: { password: 'a guess' } })).toEqual(['password'])
    expect(patched({ op: 'copy', from: '/data/a', path: '/data/b~1c' })).toEqual(['b/c'])
    expect(patched({ op: 'replace', path: '/data/password', value: SHOWN }, { op: 'replace', path: '/data/password', value: GUESS })).toEqual([
      'password',
    ])
  })
  it('returns all if the keys cannot be determined', () => {
    expect(chosen('k8s\0\n', 'application/vnd.kubernetes.protobuf')).toBe('all')
    expect(chosen('data: {}', 'application/apply-patch+yaml')).toBe('all')
    expect(chosen({ data: [] })).toBe('all')
    expect(chosen([], 'application/json')).toBe('all')
    expect(chosen({}, 'application/json-patch+json')).toBe('all')
    for (const path of ['', '/data', '/stringData/a', '/data/a/b', undefined]) expect(patched({ op: 'add', path, value: {} })).toBe('all')
  })
  it('returns all if Go would merge duplicate fields', () => {
    expect(chosen(`{"data":{"password":"${GUESS}"},"data":{"password":"${SHOWN}"}}`)).toBe('all')
    expect(chosen(`{"data":{"password":"${GUESS}"},"d\\u0061ta":{}}`)).toBe('all')
    expect(chosen(`{"metadata":{"annotations":{"a\\\\":"x\\"y","__proto__":""}},"data":{}}`)).toEqual([])
  })
})

const refused = (body: string, contentType = 'application/apply-patch+yaml') =>
  refuseOracle({
    resource: 'secrets',
    contentType,
    body: Buffer.from(body),
    parseYaml: (text) => parseYaml(text, { uniqueKeys: false }) as unknown,
  }) !== undefined

describe('server-side apply without force cannot hide a guess', () => {
  it.each([
    ['in a duplicate field', `{"data":{"password":"${GUESS}"},"data":{}}`],
    ['behind a merge key', `<<: {data: {password: ${GUESS}}}`],
    ['behind a merge key of data', `data: {<<: {password: ${GUESS}}}`],
  ])('is refused with a guess %s', (_, body) => expect(refused(body)).toBe(true))
  it('is allowed for labels', () => expect(refused('metadata: {labels: {a: b}}')).toBe(false))
})
