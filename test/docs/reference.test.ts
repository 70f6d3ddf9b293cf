import { globSync } from 'node:fs'
import { copyFile, mkdtempDisposable, mkdir, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { accessPolicySpecSchema } from '../../domain/api/access-policy.ts'
import { accessRequestSpecSchema } from '../../domain/api/access-request.ts'
import { accessReviewSpecSchema } from '../../domain/api/virtual/access-review.ts'
import type { ObjectSchema } from '../../domain/api/schema.ts'
import { apiserverConfigSchema } from '../../apiserver/config.ts'
import { standbyConfigSchema } from '../../apiserver/standby/config.ts'
import { issuerConfigSchema } from '../../gateway/authenticate/issuer-config.ts'
import { gatewayConfigSchema } from '../../gateway/config.ts'
import { fieldsOf } from '../../hack/reference/schema-fields.ts'
import { referencePages } from '../../hack/reference/reference-pages.ts'
import { webhookConfigSchema } from '../../webhook/config.ts'
import { ROOT } from '../manifest/overlay.ts'

const WRITTEN_BY_USERS: { readonly [name: string]: ObjectSchema } = {
  AccessPolicy: accessPolicySpecSchema,
  AccessRequest: accessRequestSpecSchema,
  AccessReview: accessReviewSpecSchema,
  gateway: gatewayConfigSchema,
  issuer: issuerConfigSchema,
  apiserver: apiserverConfigSchema,
  standby: standbyConfigSchema,
  webhook: webhookConfigSchema,
}
/** Fields that the server or the gateway sets, whatever a client sends. */
const STAMPED = /^requester|^operation/

describe.each(Object.entries(WRITTEN_BY_USERS))('every field of %s', (_name, schema) => {
  it('says whether it is required or what it defaults to', () => {
    const fields = fieldsOf(schema, '').filter(({ path }) => !STAMPED.test(path))
    expect(fields.length).toBeGreaterThan(3)
    const silent = fields.filter(({ description }) => !/(Required\.|Optional\. .*Default|required .* refused elsewhere)/.test(description))
    expect(silent.map(({ path }) => path)).toEqual([])
  })
  it('says that it is required exactly if the schema requires it', () => {
    const required = (at: ObjectSchema, path: string): string[] =>
      Object.entries(at.properties).flatMap(([name, property]) => {
        const here = path === '' ? name : `${path}.${name}`
        const object = property.type === 'array' ? property.items : property
        const below = object.type === 'object' && 'properties' in object ? required(object, property.type === 'array' ? `${here}[]` : here) : []
        return [...(at.required?.includes(name) === true ? [here] : []), ...below]
      })
    const said = fieldsOf(schema, '').filter(({ path, description }) => !STAMPED.test(path) && description.includes('Required.'))
    expect(said.map(({ path }) => path)).toEqual(required(schema, '').filter((path) => !STAMPED.test(path)))
  })
})

it('the page of the configuration names ConfigMaps that the manifests mount', async () => {
  const page = await readFile(join(ROOT, 'docs/reference/configuration.md'), 'utf8')
  const folders = ['base', 'components/console', 'components/login'].map((folder) => join(ROOT, 'kustomize', folder))
  const files = folders.flatMap((folder) => globSync(join(folder, '*.yaml')))
  const manifests = (await Promise.all(files.map((file) => readFile(file, 'utf8')))).join('\n')
  const named = [...page.matchAll(/ConfigMap `([\w-]+)`/g)].map(([, name = '']) => name)
  expect(named.length).toBeGreaterThan(6)
  expect(named.filter((name) => !new RegExp(`configMap:\\s*(?:\\{ )?name: ${name}\\b`).test(manifests))).toEqual([])
})

describe('the generated pages', () => {
  it('are reported when they differ, and are rewritten', async () => {
    await using dir = await mkdtempDisposable(join(tmpdir(), 'reference-'))
    const root = dir.path
    await mkdir(join(root, 'docs/reference'), { recursive: true })
    await writeFile(join(root, 'docs/reference/api.md'), 'something else')
    await copyFile(join(ROOT, 'docs/demo.cast'), join(root, 'docs/demo.cast'))
    expect(await referencePages({ root, write: false })).toEqual(['docs/reference/api.md', 'docs/reference/configuration.md', 'docs/demo.svg'])
    await referencePages({ root, write: true })
    expect(await referencePages({ root, write: false })).toEqual([])
    expect(await readFile(join(root, 'docs/reference/api.md'), 'utf8')).toBe(await readFile(join(ROOT, 'docs/reference/api.md'), 'utf8'))
  })
})
