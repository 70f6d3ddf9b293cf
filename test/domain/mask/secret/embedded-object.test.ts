import { describe, expect, it } from 'vitest'
import { MASK_TEXT } from '../../../../domain/mask/secret/mask-text.ts'
import { base64, masked, place, placeholders, searching } from '../mask-fixtures.ts'

const CANARY = 'c4nary-of-the-annotation'
const ENCODED = base64(CANARY)
const LAST = 'kubectl.kubernetes.io/last-applied-configuration'

/** The annotations of a Secret after masking it in small pieces. */
const annotated = (annotations: Record<string, string>, options: Parameters<typeof masked>[2] = {}): Record<string, string> => {
  const body = JSON.stringify({ kind: 'Secret', metadata: { name: 'db', namespace: 'shop', annotations }, type: 'Opaque' })
  const out = masked('secret', body, { cuts: [9], ...options }).toString()
  return (JSON.parse(out) as { metadata: { annotations: Record<string, string> } }).metadata.annotations
}

describe('copies of the object in annotations', () => {
  it('masks the values and keeps the rest', () => {
    const copy = { kind: 'Secret', metadata: { name: 'db', labels: { a: 'b' } }, data: { k: ENCODED }, stringData: { s: CANARY }, type: 'Opaque' }
    const text = annotated({ [LAST]: `${JSON.stringify(copy)}\n` })[LAST] as string
    expect(text.endsWith('\n')).toBe(true)
    const shown = placeholders.unvarying(place('k'))
    expect(JSON.parse(text)).toEqual({
      ...copy,
      data: { k: shown },
      stringData: { s: Buffer.from(placeholders.unvarying(place('s')), 'base64').toString() },
    })
  })

  it.each([
    [
      'kubectl, inside itself',
      { [LAST]: JSON.stringify({ kind: 'Secret', metadata: { annotations: { [LAST]: JSON.stringify({ data: { k: ENCODED } }) } } }) },
    ],
    ['kapp', { 'kapp.k14s.io/original': JSON.stringify({ apiVersion: 'v1', stringData: { k: CANARY } }) }],
    ['kapp, a hash', { 'kapp.k14s.io/original-diff-md5': '58e0494c51d30eb3494f7c9198986bb9' }],
    ['a list', { any: JSON.stringify([{ items: [{ data: { k: ENCODED } }] }]) }],
    ['a data field that is not an object', { any: JSON.stringify({ data: ENCODED }) }],
    ['YAML', { [LAST]: `kind: Secret\ndata:\n  k: ${ENCODED}\n` }],
    ['truncated JSON', { [LAST]: `{"data":{"k":"${ENCODED}"` }],
    ['a string in JSON', { [LAST]: JSON.stringify(JSON.stringify({ data: { k: ENCODED } })) }],
    ['rancher, gzip in base64', { 'objectset.rio.cattle.io/applied': 'H4sIAAAAAAAA/4yQwU7DMBBEf8Xac1pk' }],
    ['gzip under any name', { note: 'H4sIAAAAAAAA/4yQwU7DMBBEf8Xac1pk' }],
    ['deep nesting', { [LAST]: `${'['.repeat(50_000)}"${ENCODED}"${']'.repeat(50_000)}` }],
    ['copies in copies', { a: nested(9) }],
  ])('hides the values of %s', (_, annotations) => {
    const out = JSON.stringify(annotated(annotations))
    for (const hidden of [CANARY, ENCODED, '58e0494c51', 'H4sI']) expect(out).not.toContain(hidden)
  })

  it('leaves annotations that are not copies unchanged', () => {
    const plain = {
      note: 'owner: "team a"',
      'argocd.argoproj.io/tracking-id': 'shop:/Secret:shop/db',
      'meta.helm.sh/release-name': 'web',
      json: '{"a": [1, {"b": null}]}',
      'kubernetes.io/service-account.uid': '7c0e',
      'shorter than anything compressed': 'eJw',
    }
    expect(annotated(plain)).toEqual(plain)
  })

  it('masks known values in annotations that are not copies', () => {
    const options = { known: searching(CANARY) }
    expect(annotated({ note: `it is ${CANARY}` }, options)).toEqual({ note: `it is ${MASK_TEXT}` })
    expect(JSON.stringify(annotated({ json: JSON.stringify({ a: `x"${CANARY}` }) }, options))).not.toContain(CANARY)
  })

  it('shows the same placeholder for any value in a copy', () => {
    const [one, two] = ['one', 'two'].map((value) => annotated({ [LAST]: JSON.stringify({ data: { k: base64(value) } }) })[LAST])
    expect(one).toBe(two)
  })

  it('shows what a grant reveals', () => {
    const reveal = [{ namespace: 'shop', secret: 'db', keys: ['k'] }]
    const text = annotated({ [LAST]: JSON.stringify({ data: { k: ENCODED, other: ENCODED } }) }, { reveal })[LAST] as string
    expect(JSON.parse(text)).toEqual({ data: { k: ENCODED, other: placeholders.unvarying(place('other')) } })
  })
})

function nested(deep: number): string {
  return JSON.stringify(deep === 0 ? { data: { k: ENCODED } } : { metadata: { annotations: { a: nested(deep - 1) } } })
}
