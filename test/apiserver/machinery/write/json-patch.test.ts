import fc from 'fast-check'
import { applyPatch } from 'rfc6902'
import { describe, expect, it } from 'vitest'
import { jsonPatch } from '../../../../apiserver/machinery/write/json-patch.ts'
import type { Json, JsonObject } from '../../../../apiserver/storage/port.ts'
import { StatusError } from '../../../../domain/status-error.ts'

const TARGET: JsonObject = { metadata: { name: 'a', labels: { x: '1' } }, spec: { rules: [{ verbs: ['get'] }, { verbs: ['list'] }] } }

const patched = (target: JsonObject, ...patch: readonly Json[]): Json => {
  try {
    return jsonPatch(target, patch)
  } catch (error) {
    if (!(error instanceof StatusError)) throw error
    return error.reason
  }
}

/** Copies of one text, each into a field of its own. */
const copiesOf = (count: number): readonly Json[] => Array.from({ length: count }, (_, at) => ({ op: 'copy', from: '/text', path: `/copy-${at}` }))

describe('a JSON patch', () => {
  it.each<readonly [string, Json]>([
    ['null', null],
    ['a number', 5],
    ['no op', { path: '/a', value: 1 }],
    ['an unknown op', { op: 'merge', path: '/a', value: 1 }],
    ['no path', { op: 'remove' }],
    ['a path that is a number', { op: 'remove', path: 5 }],
    ['a path that is a list', { op: 'remove', path: ['__proto__'] }],
    ['a path without a slash', { op: 'remove', path: 'spec' }],
    ['no value', { op: 'add', path: '/a' }],
    ['no from', { op: 'move', path: '/a' }],
    ['a path into the prototype', { op: 'add', path: '/__proto__/a', value: 1 }],
    ['a copy from the prototype', { op: 'copy', from: '/constructor/name', path: '/a' }],
  ])('with an operation that is malformed is a bad request, not an error of the server: %s', (_, operation) =>
    expect(patched(TARGET, operation)).toBe('BadRequest'),
  )

  it.each<readonly [string, Json]>([
    ['nothing to remove', { op: 'remove', path: '/spec/x' }],
    ['nothing to replace', { op: 'replace', path: '/spec/x', value: 1 }],
    ['nothing to copy', { op: 'copy', from: '/spec/x', path: '/spec/y' }],
    ['nothing to test', { op: 'test', path: '/spec/x', value: null }],
    ['no parent', { op: 'add', path: '/spec/x/y', value: 1 }],
    ['a text as the parent', { op: 'add', path: '/metadata/name/x', value: 1 }],
    ['the length of a list', { op: 'copy', from: '/spec/rules/length', path: '/a' }],
    ['what every object inherits', { op: 'copy', from: '/spec/toString', path: '/a' }],
    ['another value', { op: 'test', path: '/spec/rules/0', value: { verbs: ['list'] } }],
    ['the whole object', { op: 'remove', path: '' }],
    ['a move into itself', { op: 'move', from: '/spec', path: '/spec/rules/0/x' }],
  ])('that does not apply is invalid: %s', (_, operation) => expect(patched(TARGET, operation)).toBe('Invalid'))

  it('of which an operation copies a field into itself until it is too deep is refused', () => {
    const copies = Array.from({ length: 120 }, () => ({ op: 'copy', from: '/spec', path: '/spec/x' }))
    expect(patched(TARGET, ...copies)).toBe('BadRequest')
  })

  it('of which all copies together are too large is refused, although each is small', () => {
    const text = 'x'.repeat(1024 * 1024)
    expect(patched({ text }, ...copiesOf(2))).toMatchObject({ 'copy-1': text })
    expect(patched({ text }, ...copiesOf(3))).toBe('RequestEntityTooLarge')
  })

  it('of too many operations is refused', () => {
    const operation = { op: 'test', path: '/metadata/name', value: 'a' }
    expect(patched(TARGET, ...Array.from({ length: 10_001 }, () => operation))).toBe('RequestEntityTooLarge')
  })

  it('of which operations together nest too deep is refused, also when what is copied goes again', () => {
    const nested: Json = Array.from({ length: 60 }).reduce<Json>((inner) => ({ x: inner }), {})
    const first = { op: 'add', path: '/spec/x', value: nested }
    const second = { op: 'add', path: `/spec${'/x'.repeat(60)}`, value: nested }
    expect(patched(TARGET, first)).not.toBe('BadRequest')
    expect(patched(TARGET, first, second)).toBe('BadRequest')
    const gone = [
      { op: 'remove', path: '/spec/x' },
      { op: 'remove', path: '/spec/y' },
    ]
    expect(patched(TARGET, first, second, { op: 'copy', from: '/spec/x', path: '/spec/y' }, ...gone)).toBe('BadRequest')
  })

  it('appends to a list', () => {
    const added = patched(TARGET, { op: 'add', path: '/spec/rules/-', value: 1 }) as { readonly spec: { readonly rules: Json } }
    expect(added.spec.rules).toEqual([{ verbs: ['get'] }, { verbs: ['list'] }, 1])
  })

  it('gives what the library gives, which throws where a number is the parent', () => {
    const target: JsonObject = { labels: { x: 1 }, rules: [{ verbs: [1] }, { verbs: [2] }] }
    const byLibrary = (patch: readonly object[]): Json => {
      const result = structuredClone(target)
      try {
        return applyPatch(result, structuredClone(patch) as never).every((error) => error === null) ? result : 'Invalid'
      } catch (error) {
        if (!(error instanceof TypeError)) throw error
        return 'Invalid'
      }
    }
    const path = fc.constantFrom('/rules/0', '/rules/1', '/rules', '/labels/x', '/labels/y', '/rules/1/verbs/0', '/a')
    const op = fc.constantFrom('add', 'remove', 'replace', 'move', 'copy', 'test')
    const operation = fc.record({ op, path, from: path, value: fc.constantFrom(1, {}, [2]) })
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 6 }), (patch) => {
        expect(patched(target, ...patch)).toEqual(byLibrary(patch))
      }),
      { numRuns: 500 },
    )
  })
})
