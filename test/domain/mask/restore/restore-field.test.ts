import fc from 'fast-check'
import { expect, it } from 'vitest'
import { restoreFields, restoreFieldsOfPatch } from '../../../../domain/mask/restore/restore-field.ts'
import { MASK_TEXT } from '../../../../domain/mask/secret/mask-text.ts'

const object = (value: string, other = 'shown') => ({
  metadata: { name: 'web', resourceVersion: '7', annotations: { note: value } },
  spec: {
    env: [
      { name: 'A', value: `url=${value}` },
      { name: 'B', value: other },
    ],
    args: [value, other],
    size: 3,
  },
})
const same = (value: string) => ({ live: object(value), masked: object(MASK_TEXT) })
const put = (body: unknown, value = 'hunter2hunter2') => restoreFields(body, { same: same(value), whole: true })

it('restores a mask in the same field', () => expect(put(object(MASK_TEXT))).toEqual(object('hunter2hunter2')))
it('finds list items by name', () => {
  const patch = { spec: { env: [{ name: 'A', value: `url=${MASK_TEXT}` }] } }
  expect(put(patch)).toEqual({ spec: { env: [{ name: 'A', value: 'url=hunter2hunter2' }] } })
})
const applied = (value: string) => ({
  metadata: { annotations: { 'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify(object(value, 'new')) } },
})
it('restores a mask in last-applied from the object', () => {
  expect(put(applied(MASK_TEXT))).toEqual(applied('hunter2hunter2'))
})
it('restores a hidden number only in a whole object', () => {
  const hidden = { live: { spec: { size: 3, zero: 0 } }, masked: { spec: { size: 0, zero: 0 } } }
  expect(restoreFields({ spec: { size: 0, zero: 0 } }, { same: hidden, whole: true })).toEqual({ spec: { size: 3, zero: 0 } })
  expect(restoreFields({ spec: { size: 0 } }, { same: hidden, whole: false })).toEqual({ spec: { size: 0 } })
})
it.each([
  ['another field', { spec: { copy: MASK_TEXT } }],
  ['an edited text', { spec: { env: [{ name: 'A', value: `uri=${MASK_TEXT}` }] } }],
  ['another name', { spec: { env: [{ name: 'C', value: `url=${MASK_TEXT}` }] } }],
  ['a name that comes twice', { spec: { env: [{ name: 'A', value: `url=${MASK_TEXT}` }, { name: 'A' }] } }],
  ['a list of another length', { spec: { args: [MASK_TEXT] } }],
  ['the name of a field', { spec: { [MASK_TEXT]: 'x' } }],
])('refuses a mask in %s', (_, body) => expect(() => put(body)).toThrow('holds a masked value'))
const patch = (value: string) => [{ op: 'replace', path: '/spec', value: object(value).spec }]
it('restores a mask in a JSON Patch, as kubectl rollout undo sends it', () => {
  expect(restoreFieldsOfPatch(patch(MASK_TEXT), same('hunter2hunter2'))).toEqual(patch('hunter2hunter2'))
  const shifted = [
    { op: 'remove', path: '/spec/args/0' },
    { op: 'replace', path: '/spec/args/0', value: MASK_TEXT },
  ]
  expect(() => restoreFieldsOfPatch(shifted, same('x'))).toThrow('holds a masked value')
  for (const op of ['test', 'copy'])
    expect(() => restoreFieldsOfPatch([{ op, path: '/metadata/annotations/note', value: MASK_TEXT }], same('x'))).toThrow('masked')
})

const outcome = (sent: unknown, value: string): string => {
  try {
    return JSON.stringify(put(sent, value)).replaceAll(value, MASK_TEXT)
  } catch (error) {
    return String(error)
  }
}
it('has the same outcome for any two hidden values', () => {
  const text = fc.constantFrom(MASK_TEXT, `url=${MASK_TEXT}`, 'shown', 'hunter2hunter2', 'url=hunter2hunter2')
  const body = fc.record({
    spec: fc.record({ env: fc.array(fc.record({ name: fc.constantFrom('A', 'B', 'C'), value: text })), args: fc.array(text) }),
  })
  fc.assert(
    fc.property(body, (sent) => {
      expect(outcome(sent, 'first-value-81')).toBe(outcome(sent, 'second-value-9'))
    }),
  )
})
