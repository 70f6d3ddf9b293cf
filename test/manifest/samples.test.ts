import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'yaml'
import { expect, test } from 'vitest'
import { unknownFields } from '../../apiserver/machinery/write/unknown-fields.ts'
import { problems } from '../../server/schema/problems.ts'
import type { Kind, KubeObject } from '../../apiserver/machinery/kind.ts'
import { accessPolicies } from '../../apiserver/resources/access-policy.ts'
import { accessRequests } from '../../apiserver/resources/access-request.ts'
import { openSqliteStore } from '../../apiserver/storage/sqlite.ts'
import { readIssuers } from '../../gateway/authenticate/issuer-config.ts'
import { clusterConfigFromKubeconfig } from '../../kube/cluster-config.ts'
import { conditionProblem } from '../../server/conditions/cel.ts'
import { ROOT } from './overlay.ts'

const sample = (name: string): string => join(ROOT, 'manifests/samples', name)
const read = async (name: string): Promise<KubeObject> => parse(await readFile(sample(name), 'utf8')) as KubeObject
const store = openSqliteStore(':memory:', 0)
const nobody = { allowed: () => Promise.resolve(false) }
const deps = { store, authorizer: nobody, rights: nobody, evaluate: () => false }

/** What the server's own validation reports about an object. */
function complaints(kind: Kind, object: KubeObject): readonly unknown[] {
  return [
    ...unknownFields(kind.spec, object.spec ?? {}, 'spec'),
    ...problems(kind.spec, object.spec ?? {}, 'spec'),
    ...kind.strategy.validate(object),
  ]
}

test('the server accepts the sample policy, whose name matches its RBAC', async () => {
  const policy = await read('policy.yaml')
  expect(complaints(accessPolicies(conditionProblem, store), policy)).toEqual([])
  expect(policy.metadata.name).toBe('coding-agents')
})

test('the server accepts the sample request', async () => {
  const request = await read('requests/scale-web.yaml')
  expect(request.kind).toBe('AccessRequest')
  expect(complaints(accessRequests(deps), request)).toEqual([])
})

test('the gateway accepts the sample issuer', async () => {
  const { data } = parse(await readFile(sample('gateway-issuers.yaml'), 'utf8')) as { readonly data: { readonly [file: string]: string } }
  const folder = await mkdtemp(join(tmpdir(), 'jit-issuers-'))
  try {
    for (const [file, text] of Object.entries(data)) await writeFile(join(folder, file), text)
    expect((await readIssuers(folder)).map(({ issuer, audiences }) => ({ issuer, audiences }))).toEqual([
      { issuer: 'https://login.example.com', audiences: ['jit-gateway'] },
    ])
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})

test("the agent's kubeconfig holds no credential, and our servers would not use it", async () => {
  const text = await readFile(sample('agent.kubeconfig'), 'utf8')
  const { users } = parse(text) as { readonly users: readonly { readonly user: object }[] }
  expect(users.map(({ user }) => Object.keys(user))).toEqual([['exec']])
  await expect(clusterConfigFromKubeconfig(sample('agent.kubeconfig'))).rejects.toThrow()
})
