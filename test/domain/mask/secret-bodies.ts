/** Secrets as kube-apiserver returns them, and their expected masked form. It is computed by parsing, for comparison with the scanner. */
import fc from 'fast-check'
import { base64 } from './mask-fixtures.ts'

export type Body = { readonly data?: Record<string, string> | null; readonly metadata?: object } & Record<string, unknown>

const text = fc.string({ maxLength: 12 })
const metadata = fc.record(
  {
    labels: fc.dictionary(text, text, { maxKeys: 3 }),
    annotations: fc.dictionary(
      fc.constantFrom('note', 'owner', 'x/y'),
      text.filter((each) => !/^\s*[{["]/.test(each)),
      { maxKeys: 2 },
    ),
    managedFields: fc.array(fc.record({ manager: text, fieldsV1: fc.constant({ 'f:data': { 'f:password': {}, '.': {} }, 'f:type': {} }) }), {
      maxLength: 2,
    }),
    generation: fc.integer(),
    deletionTimestamp: fc.constantFrom(null, '2026-01-01T00:00:00Z'),
  },
  { requiredKeys: [] },
)
const value = fc.oneof(
  fc.uint8Array({ maxLength: 60 }).map((bytes) => base64(Buffer.from(bytes))),
  fc.constant(''),
)

export const secret = (name: string): fc.Arbitrary<Body> =>
  fc
    .record(
      {
        kind: fc.constant('Secret'),
        apiVersion: fc.constant('v1'),
        metadata: metadata.map((more) => ({ name, namespace: 'shop', ...more })),
        immutable: fc.boolean(),
        data: fc.oneof(
          { weight: 8, arbitrary: fc.dictionary(fc.constantFrom('a', 'tls.key', '.dockerconfigjson', 'ä"\\'), value) },
          { weight: 1, arbitrary: fc.constant(null) },
        ),
        type: fc.constantFrom('Opaque', 'kubernetes.io/tls'),
      },
      { requiredKeys: ['metadata'] },
    )
    .map((body) => body as Body)

/** The same tree with each value replaced by the result of `show`. */
export function withValues(body: Body, show: (name: string, key: string, value: string) => string): Body {
  if (body.data === undefined || body.data === null) return body
  const name = (body.metadata as { name: string }).name
  return { ...body, data: Object.fromEntries(Object.entries(body.data).map(([key, each]) => [key, show(name, key, each)])) }
}
