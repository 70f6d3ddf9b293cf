import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bindVersion } from '../../../../domain/mask/restore/bind-version.ts'
import { lastField, textField } from '../../../../domain/mask/restore/protobuf/change-fields.ts'
import { field } from '../protobuf.ts'

const OURS = '77'
type Operation = { readonly op: string; readonly path: string; readonly value?: unknown }
type Loose = Record<string, unknown>

/** The version that is left in an object, as kube-apiserver interprets it: none, and zero, match any version. */
const heldTo = (version: unknown): unknown => (typeof version !== 'string' || /^0*$/.test(version) ? 'any' : version)

/** RFC 6902 for these operations, on an object with metadata. Like github.com/evanphx/json-patch, it ignores everything before the first slash. */
function patched(operations: readonly Operation[]): Loose {
  let object: Loose = { metadata: { resourceVersion: OURS } }
  for (const { op, path, value } of operations) {
    if (op === 'test') continue
    const metadata = object['metadata'] as Loose
    if (path === '') object = structuredClone(value) as Loose
    else if (path === '/metadata') object = { ...object, metadata: structuredClone(value) }
    else if (op === 'remove') delete metadata['resourceVersion']
    else if (op === 'replace' && !('resourceVersion' in metadata)) throw new Error('replace operation does not apply: doc is missing key')
    else metadata['resourceVersion'] = value
  }
  return object
}

const NO_VERSION = [undefined, null, '', '0', '00', 0, 7, 'seven']
const said = fc.constantFrom<unknown>(...NO_VERSION, '5', OURS)
const operation: fc.Arbitrary<Operation> = fc.oneof(
  fc.record({
    op: fc.constantFrom('add', 'replace', 'remove'),
    path: fc.constantFrom('/metadata/resourceVersion', 'x/metadata/resourceVersion'),
    value: said,
  }),
  fc.record({ op: fc.constant('replace'), path: fc.constant('/metadata'), value: fc.record({ resourceVersion: said }) }),
  fc.record({ op: fc.constant('replace'), path: fc.constant(''), value: fc.record({ metadata: fc.record({ resourceVersion: said }) }) }),
)

describe('bindVersion', () => {
  it.each(NO_VERSION)('adds the version if the object has %j', async (resourceVersion) => {
    const bound = await bindVersion(Buffer.from(JSON.stringify({ metadata: { resourceVersion } })), {
      contentType: 'application/json',
      resourceVersion: OURS,
    })
    expect(JSON.parse(bound.toString())).toEqual({ metadata: { resourceVersion: OURS } })
  })
  it('keeps a version that the body contains', async () => {
    const body = Buffer.from(JSON.stringify({ metadata: { resourceVersion: '5' } }))
    expect(await bindVersion(body, { contentType: 'application/json', resourceVersion: OURS })).toEqual(body)
  })
  it('binds a JSON Patch, whatever it does to the metadata', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { maxLength: 4 }), async (operations) => {
        const type = { contentType: 'application/json-patch+json', resourceVersion: OURS }
        const bound = JSON.parse((await bindVersion(Buffer.from(JSON.stringify(operations)), type)).toString()) as Operation[]
        let object: Loose
        try {
          object = patched(bound)
        } catch {
          return // upstream refuses it
        }
        expect(heldTo((object['metadata'] as Loose)['resourceVersion'])).not.toBe('any')
      }),
    )
  })
  it('adds the version if protobuf has zero', async () => {
    const metadata = textField(6, '0')
    const body = Buffer.concat([Buffer.from('k8s\0'), field(2, field(1, metadata))])
    const bound = await bindVersion(body, { contentType: 'application/vnd.kubernetes.protobuf', resourceVersion: OURS })
    const raw = lastField(bound.subarray(4), 2) ?? Buffer.alloc(0)
    expect(lastField(lastField(raw, 1) ?? Buffer.alloc(0), 6)?.toString()).toBe(OURS)
  })
})
