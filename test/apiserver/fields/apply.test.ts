import { fc, test as property } from './arbitrary.ts'
import { describe, expect, it } from 'vitest'
import { applyConfig, ApplyConflict, managersAfterUpdate } from '../../../apiserver/fields/apply.ts'
import { compare, fieldsOf } from '../../../apiserver/fields/compare-fields.ts'
import { fromFieldsV1, isEmpty, minus, toFieldsV1, union } from '../../../apiserver/fields/field-set.ts'
import { readManagers, writeManagers, type Manager, type Managers } from '../../../apiserver/fields/managers.ts'
import type { Json } from '../../../apiserver/storage/port.ts'
import type { Schema } from '../../../domain/api/schema.ts'

const text = { type: 'string', description: '' } as const
const schema: Schema = {
  type: 'object',
  description: '',
  properties: {
    leaf: text,
    nested: { type: 'object', description: '', properties: { inner: text, other: text } },
    map: { type: 'object', description: '', additionalProperties: text },
    atomic: { type: 'array', description: '', items: text },
    set: { type: 'array', description: '', items: text, 'x-kubernetes-list-type': 'set' },
    keyed: {
      type: 'array',
      description: '',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['type'],
      items: { type: 'object', description: '', properties: { type: text, status: text, message: text } },
    },
  },
}
const by = (manager: string): Manager => ({ manager, operation: 'Apply', subresource: '' })
const apply = (live: Json, config: Json, more: { managers?: Managers; who?: string; force?: boolean } = {}) =>
  applyConfig({ schema, live, config, managers: more.managers ?? new Map(), by: by(more.who ?? 'a'), force: more.force ?? false })

describe('field sets', () => {
  it('are written as FieldsV1', () => {
    const value = { leaf: 'x', map: { k: 'v' }, set: ['s'], keyed: [{ type: 'T', status: 'True' }], atomic: ['1'], nested: { inner: 'i' } }
    expect(toFieldsV1(fieldsOf(schema, value))).toEqual({
      'f:leaf': {},
      'f:map': { 'f:k': {} },
      'f:set': { 'v:"s"': {} },
      'f:keyed': { 'k:{"type":"T"}': { '.': {}, 'f:type': {}, 'f:status': {} } },
      'f:atomic': {},
      'f:nested': { 'f:inner': {} },
    })
  })
  property('are unchanged after writing and reading', fc.value, (value) => {
    const set = fieldsOf(schema, value)
    expect(fromFieldsV1(toFieldsV1(set))).toEqual(set)
  })
  property('the union of a set with itself is the set, and the difference is empty', fc.value, (value) => {
    const set = fieldsOf(schema, value)
    expect(union(set, set)).toEqual(set)
    expect(isEmpty(minus(set, set))).toBe(true)
  })
  property('equal values have no difference', fc.value, (value) => {
    const { written, removed } = compare(schema, value, structuredClone(value))
    expect([isEmpty(written), isEmpty(removed)]).toEqual([true, true])
  })
})

describe('apply', () => {
  property('is idempotent', fc.value, (value) => {
    const first = apply({}, value)
    const second = apply(first.object, value, { managers: first.managers })
    expect(second.object).toEqual(first.object)
    expect(writeManagers(second.managers, first.managers, 'later')).toEqual(writeManagers(first.managers, first.managers, 'now'))
  })
  property('of an empty configuration removes all fields applied before', fc.value, (value) => {
    const first = apply({ leaf: 'kept' }, { ...value, leaf: 'mine' }, { force: true })
    const { object } = apply(first.object, {}, { managers: first.managers })
    expect(JSON.stringify(object)).not.toContain('mine')
  })
  it('merges keyed lists by item and replaces atomic ones', () => {
    const live = { keyed: [{ type: 'A', status: '1', message: 'm' }], atomic: ['1', '2'], set: ['x'] }
    const { object } = apply(live, {
      keyed: [
        { type: 'A', status: '2' },
        { type: 'B', status: '3' },
      ],
      atomic: ['3'],
      set: ['y'],
    })
    expect(object).toEqual({
      keyed: [
        { type: 'A', status: '2', message: 'm' },
        { type: 'B', status: '3' },
      ],
      atomic: ['3'],
      set: ['x', 'y'],
    })
  })
  it('keeps an item that another manager owns and removes one without an owner', () => {
    const one = apply({}, { set: ['mine', 'ours'] })
    const two = apply(one.object, { set: ['ours'] }, { managers: one.managers, who: 'b' })
    expect(apply(two.object, { leaf: 'x' }, { managers: two.managers }).object).toEqual({ leaf: 'x', set: ['ours'] })
  })
  it('conflicts on fields of another manager and names each field', () => {
    const one = apply({}, { leaf: '1', nested: { inner: '1' } })
    const change = { leaf: '2', nested: { inner: '2' } }
    expect(() => apply(one.object, change, { managers: one.managers, who: 'b' })).toThrow(ApplyConflict)
    const { object, managers } = apply(one.object, change, { managers: one.managers, who: 'b', force: true })
    expect(object).toEqual(change)
    expect([...managers.values()].map(({ manager }) => manager)).toEqual(['b'])
  })
  it('an update owns the fields that it writes and removes the owners of deleted fields', () => {
    const one = apply({}, { leaf: '1', map: { a: '1', b: '1' } })
    const after = { leaf: '2', map: { a: '1' } }
    const managers = managersAfterUpdate(one.managers, { manager: 'hand', operation: 'Update', subresource: '' }, compare(schema, one.object, after))
    expect(writeManagers(managers, new Map(), 't').map(({ manager, fieldsV1 }) => [manager, fieldsV1])).toEqual([
      ['a', { 'f:map': { 'f:a': {} } }],
      ['hand', { 'f:leaf': {} }],
    ])
  })
  it('malformed managedFields are ignored', () => {
    for (const bad of [undefined, 'x', [1], [{}], [{ manager: 'a', operation: 'Apply', fieldsType: 'FieldsV1', fieldsV1: { bad: {} } }]])
      expect(readManagers(bad)).toBeUndefined()
  })
})
