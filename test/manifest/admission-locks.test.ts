import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { ADMISSION_LOCKS, digestOf } from '../../domain/admission-lock.ts'
import { manifestsIn } from './overlay.ts'

const shipped = ['admission-policy.yaml', 'parts-policy.yaml'].flatMap((file) => manifestsIn(readFileSync(`kustomize/base/${file}`, 'utf8')))
const locks = shipped.filter(({ kind }) => kind.startsWith('ValidatingAdmissionPolicy'))

it('the digests match the shipped objects; after a change of kustomize/base, update them', () => {
  const found = locks.map((object) => ({ kind: object.kind, name: object.metadata.name, digest: digestOf({ spec: object['spec'] }) }))
  expect(ADMISSION_LOCKS).toEqual(found)
})

it('the digests match the rendered objects, which another parser of YAML has read', () => {
  const rendered = manifestsIn(readFileSync('manifests/install.yaml', 'utf8'))
  for (const { kind, name, digest } of ADMISSION_LOCKS) {
    const found = rendered.find((object) => object.kind === kind && object.metadata.name === name)
    expect(digestOf({ spec: found?.['spec'] }), name).toBe(digest)
  }
})

it('a digest does not depend on the defaults of kube-apiserver or the order of fields', () => {
  for (const { spec } of locks as readonly { readonly spec?: unknown }[]) {
    const { matchConstraints, ...rest } = spec as { readonly matchConstraints?: object }
    const filled = matchConstraints === undefined ? {} : { matchConstraints: { objectSelector: {}, ...matchConstraints, namespaceSelector: {} } }
    expect(digestOf({ spec: { ...filled, ...rest } })).toBe(digestOf({ spec }))
  }
})

it('any change of a text changes the digest', () => {
  const texts = (value: unknown, path: readonly (string | number)[] = []): readonly (readonly (string | number)[])[] =>
    typeof value === 'string'
      ? [path]
      : typeof value === 'object' && value !== null
        ? Object.entries(value).flatMap(([key, inner]) => texts(inner, [...path, key]))
        : []
  const all = locks.flatMap((object) => texts(object['spec']).map((path) => ({ object, path })))
  fc.assert(
    fc.property(fc.constantFrom(...all), fc.string(), ({ object, path }, text) => {
      const spec = structuredClone(object['spec']) as { [key: string]: unknown }
      const [last = '', ...before] = path.toReversed()
      const at = before.toReversed().reduce<{ [key: string]: unknown }>((inner, key) => inner[key] as { [key: string]: unknown }, spec)
      fc.pre(at[last] !== text)
      at[last] = text
      expect(digestOf({ spec })).not.toBe(digestOf({ spec: object['spec'] }))
    }),
  )
})
