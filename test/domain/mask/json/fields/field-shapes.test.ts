import { describe, expect, it } from 'vitest'
import { readFieldPath } from '../../../../../domain/mask/json/fields/field-path.ts'
import { MASK_TEXT } from '../../../../../domain/mask/secret/mask-text.ts'
import { accessPolicySpecSchema } from '../../../../../domain/api/access-policy.ts'
import { masked } from '../../mask-fixtures.ts'

const fields = ['.spec.containers[*].env[*].value', '.data["a.key"]', '.settings.*.token', '.whole']
const last = 'kubectl.kubernetes.io/last-applied-configuration'

const object = (secret: unknown, other = 'stays', nested?: string) => ({
  kind: 'Pod',
  metadata: { name: 'web', annotations: { note: 'x "y"', ...(nested === undefined ? {} : { [last]: nested }) } },
  spec: {
    containers: [
      {
        name: other,
        env: [
          { name: 'A', value: secret },
          { name: 'B', valueFrom: { x: [1, 'value'] } },
        ],
      },
    ],
    value: other,
  },
  data: { 'a.key': secret, 'b.key': other },
  settings: { one: { token: secret, other }, two: { token: secret } },
  whole: { a: [secret, { b: secret }], flag: true, none: null },
})
const hidden = object(MASK_TEXT, 'stays', `${JSON.stringify(object(MASK_TEXT))}\n`)
const sent = object('in-the-open', 'stays', `${JSON.stringify(object('in-the-open'))}\n`)
const through = (kind: 'json' | 'json-watch', body: unknown, size: number): unknown =>
  JSON.parse(masked(kind, JSON.stringify(body), { fields, cuts: [size] }).toString())

const table = (row: unknown) => ({ kind: 'Table', columnDefinitions: [{ name: 'Name' }], rows: [{ cells: ['web', 1, null], object: row }] })

describe('fields that a policy hides', () => {
  it.each([1, 7, 10_000])('are hidden in objects, lists, Tables, watches and copies, cut every %i bytes', (size) => {
    expect(through('json', sent, size)).toEqual(hidden)
    expect(through('json', { kind: 'PodList', metadata: {}, items: [sent, sent] }, size)).toEqual({
      kind: 'PodList',
      metadata: {},
      items: [hidden, hidden],
    })
    expect(through('json', table(sent), size)).toEqual(table(hidden))
    expect(through('json-watch', { type: 'ADDED', object: sent }, size)).toEqual({ type: 'ADDED', object: hidden })
    expect(through('json-watch', { type: 'ADDED', object: table(sent) }, size)).toEqual({ type: 'ADDED', object: table(hidden) })
  })
  it('are hidden if they are numbers, or objects where text is expected', () => {
    expect(through('json', { whole: 12.5, data: { 'a.key': { b: ['x', 7, true] } } }, 3)).toEqual({
      whole: 0,
      data: { 'a.key': { b: [MASK_TEXT, 0, true] } },
    })
  })
  it('are hidden however their names are escaped', () => {
    expect(JSON.parse(masked('json', '{"d\\u0061ta":{"a\\u002ekey":"x\\u0041"}}', { fields }).toString())).toEqual({ data: { 'a.key': MASK_TEXT } })
  })
  it('leave every other byte unchanged', () => {
    const body = JSON.stringify({ ...object('x'), data: {}, settings: null, whole: [], spec: 'text' }, null, 2)
    expect(masked('json', body, { fields, cuts: [5] }).toString()).toBe(body)
  })
  it('hide a copy that cannot be parsed, and leave other annotations unchanged', () => {
    const annotations = { [last]: '{"broken', 'checksum/config': '', note: '{"whole":"x"}' }
    expect(through('json', { metadata: { annotations } }, 4)).toEqual({ metadata: { annotations: { ...annotations, [last]: MASK_TEXT } } })
  })
})

it('the policy schema accepts only paths that the masker can parse', () => {
  const { pattern } = accessPolicySpecSchema.properties.masking.properties.fields.items.properties.paths.items
  for (const path of [...fields, '.a', '.*', '[*]', '.a[*].*["x/y"]']) {
    expect(new RegExp(pattern).test(path)).toBe(true)
    expect(readFieldPath(path).length).toBeGreaterThan(0)
  }
  for (const path of ['', 'a', '.', '..a', '.a.', '.a[0]', '.a[*', '.a["', '.a[""]', '$.a', '.a b']) {
    expect(new RegExp(pattern).test(path)).toBe(false)
    expect(() => readFieldPath(path)).toThrow(RangeError)
  }
})
