import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { negotiate } from '../../../../apiserver/machinery/http/accept.ts'
import { fieldSelector, labelSelector } from '../../../../apiserver/machinery/read/selectors.ts'
import type { Kind, KubeObject } from '../../../../apiserver/machinery/kind.ts'
import { escapeFieldValue, nameInFieldSelector } from '../../../../domain/selectors/field-selector.ts'

const object = (labels?: { readonly [key: string]: string }): KubeObject => ({
  apiVersion: 'v1',
  kind: 'K',
  metadata: { name: 'n', ...(labels === undefined ? {} : { labels }) },
})
const kind = { fields: { 'spec.policy': () => 'p' }, columns: [] } as unknown as Kind

describe('label selectors', () => {
  it.each([
    ['a=1', { a: '1' }, true],
    ['a==1', { a: '2' }, false],
    ['a!=1', {}, true],
    ['a in (1, 2)', { a: '2' }, true],
    ['a notin (1,2)', {}, true],
    ['a notin (1,2)', { a: '1' }, false],
    ['a', { a: '' }, true],
    ['!a', { a: '' }, false],
    ['a>1', { a: '2' }, true],
    ['a>1', {}, false],
    ['a<1', {}, false],
    ['a=1,b in (x,y),!c', { a: '1', b: 'y' }, true],
    ['example.com/a=1', { 'example.com/a': '1' }, true],
    ['toString', {}, false],
  ])('%s on %o is %s', (text, labels, expected) => expect(labelSelector(text)(object(labels as { [key: string]: string }))).toBe(expected))
  it.each(['=', 'a=b=c', 'a in', 'a in x', '(a)', 'a,,b'])('%s is refused, never ignored', (text) =>
    expect(() => labelSelector(text)).toThrow('labelSelector'),
  )
})

it('field selectors support the fields of the kind and refuse others', () => {
  expect(fieldSelector('metadata.name=n,spec.policy!=q', kind)(object(), 0)).toBe(true)
  expect(fieldSelector('metadata.name!=n', kind)(object(), 0)).toBe(false)
  expect(() => fieldSelector('metadata.uid=1', kind)).toThrow('field label not supported')
  expect(nameInFieldSelector('spec.policy=p,metadata.name=n')).toBe('n')
  expect(nameInFieldSelector('metadata.name!=n')).toBe('')
})

it('field selectors support the phase of kinds that show one, at the time of the request', () => {
  const timed = { fields: {}, columns: [{ name: 'Phase', value: (_object: unknown, nowMs: number) => (nowMs < 10 ? 'Pending' : 'Expired') }] }
  const pending = fieldSelector('status.phase=Pending', timed as unknown as Kind)
  expect([pending(object(), 9), pending(object(), 10)]).toEqual([true, false])
  expect(() => fieldSelector('status.phase=Pending', kind)).toThrow('field label not supported')
})

it('a value that is escaped as apimachinery does is unescaped before it is compared', () => {
  const text = fc.string({ unit: fc.constantFrom(',', '=', '!', '\\', 'a', 'CN', ' ', 'ü'), maxLength: 12 })
  fc.assert(
    fc.property(text, text, (value, other) => {
      const own = { fields: { 'spec.user': () => value }, columns: [] } as unknown as Kind
      expect(fieldSelector(`spec.user=${escapeFieldValue(value)}`, own)(object(), 0)).toBe(true)
      expect(fieldSelector(`metadata.name=n,spec.user!=${escapeFieldValue(value)}`, own)(object(), 0)).toBe(false)
      expect(fieldSelector(`spec.user==${escapeFieldValue(other)}`, own)(object(), 0)).toBe(value === other)
    }),
  )
})

it.each(['a', 'spec.policy=a=b', 'spec.policy=a\\b', 'spec.policy=\\'])('the field selector %s is refused, never ignored', (text) =>
  expect(() => fieldSelector(text, kind)).toThrow('fieldSelector'),
)

it('negotiates the first fully supported clause', () => {
  const table = 'application/json;as=Table;v=v1;g=meta.k8s.io'
  expect(negotiate(`application/vnd.kubernetes.protobuf,${table},application/json`).as).toBe('Table')
  expect(negotiate('application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json').as).toBe('Object')
  expect(negotiate(`application/yaml;q=0.5,${table};q=0.4`).media).toBe('application/yaml')
  expect(negotiate(undefined).as).toBe('Object')
  expect(() => negotiate('application/vnd.kubernetes.protobuf')).toThrow('only the following media types')
})
