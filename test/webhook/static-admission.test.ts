import { readFileSync } from 'node:fs'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { settingsOf } from '../../hack/cluster/settings.ts'
import { startCluster } from '../../hack/cluster/start-cluster.ts'
import type { Cluster } from '../../hack/cluster/cluster.ts'
import type { KubeCall, KubeClient } from '../../kube/client.ts'
import { clusterConfigFromKubeconfig } from '../../kube/cluster-config.ts'
import { patientClient } from '../cluster/patient-client.ts'
import { manifestsIn } from '../manifest/overlay.ts'
import { callAs, clusterAdmin, type User } from './call-as.ts'

/** manifests/static-admission on a real kube-apiserver: a user that is cluster-admin by mistake cannot disable the admission policies for agents. */
let cluster: Cluster
let admin: KubeClient
let dir: string

const ADMISSION = '/apis/admissionregistration.k8s.io/v1'
const PATHS: { readonly [kind: string]: string } = {
  ValidatingAdmissionPolicy: `${ADMISSION}/validatingadmissionpolicies`,
  ValidatingAdmissionPolicyBinding: `${ADMISSION}/validatingadmissionpolicybindings`,
  ValidatingWebhookConfiguration: `${ADMISSION}/validatingwebhookconfigurations`,
}
const dry = { dryRun: 'All' } as const
const merge = (path: string, body: object): KubeCall => ({ method: 'PATCH', path, query: dry, body, contentType: 'application/merge-patch+json' })

const AGENT: User = { name: 'oidc:agent', groups: ['oidc:agents', 'system:authenticated'] }
const BEHIND: User = { name: 'jit.access:agent', groups: ['jit.access:agents', 'system:masters'] }
const DEVELOPER: User = { name: 'oidc:developer', groups: ['system:authenticated'] }
const ADMIN: User = { name: 'admin', groups: ['system:masters'] }
const account = (name: string): User => ({ name: `system:serviceaccount:${name}`, groups: ['system:serviceaccounts', 'system:authenticated'] })

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'jit-static-'))
  const file = join(dir, 'policies/jit-access.yaml')
  await cp('manifests/static-admission/jit-access.yaml', file, { recursive: true })
  const text = await readFile(file, 'utf8')
  // As the documentation page says: add the agents of this cluster.
  const edited = text.replace(/(name: agentGroups\n\s+expression: )"\['nobody'\]"/, `$1"['oidc:agents']"`)
  expect(edited).not.toBe(text)
  await writeFile(file, edited)
  cluster = await startCluster({
    ...settingsOf(process.env),
    dir: join(dir, 'cluster'),
    nodeKind: 'none',
    staticAdmissionDir: join(dir, 'policies'),
    say: () => undefined,
  })
  admin = patientClient(await clusterConfigFromKubeconfig(cluster.adminKubeconfig))
  const shipped = ['admission-policy', 'parts-policy', 'webhook'].flatMap((name) => manifestsIn(readFileSync(`kustomize/base/${name}.yaml`, 'utf8')))
  for (const { kind, ...object } of shipped) {
    const path = PATHS[kind]
    if (path !== undefined) await admin.json({ method: 'POST', path, body: { kind, ...object } })
  }
  const names = [
    'oidc:agent',
    'oidc:developer',
    'system:serviceaccount:jit-system:jit-webhook',
    'system:serviceaccount:cert-manager:cert-manager-cainjector',
  ]
  for (const [index, name] of names.entries())
    await admin.json({
      method: 'POST',
      path: '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings',
      body: clusterAdmin(`mistake-${index}`, { kind: 'User', name }),
    })
}, 1_800_000)
afterAll(async () => {
  await admin?.close()
  await cluster?.stop()
  await rm(dir, { recursive: true, force: true })
})

const OPENING: readonly (readonly [string, KubeCall])[] = [
  ['empty the policy', merge(`${ADMISSION}/validatingadmissionpolicies/jit-access-never`, { spec: { validations: [{ expression: 'true' }] } })],
  ['delete the policy', { method: 'DELETE', path: `${ADMISSION}/validatingadmissionpolicies/jit-access-never`, query: dry }],
  ['unbind it', { method: 'DELETE', path: `${ADMISSION}/validatingadmissionpolicybindings/jit-access-never`, query: dry }],
  ['let it only warn', merge(`${ADMISSION}/validatingadmissionpolicybindings/jit-access-parts`, { spec: { validationActions: ['Warn'] } })],
  ['delete all bindings', { method: 'DELETE', path: `${ADMISSION}/validatingadmissionpolicybindings`, query: dry }],
  ['delete the webhook', { method: 'DELETE', path: `${ADMISSION}/validatingwebhookconfigurations/jit-access`, query: dry }],
]
const forbidden = /^403 .*jit-access.static.k8s.io/

describe.each([
  ['a governed identity that is cluster-admin by mistake', AGENT],
  ['an agent of the gateway with every right', BEHIND],
  ['a cluster admin that the file does not name', DEVELOPER],
  ['a token of jit-webhook with every right', account('jit-system:jit-webhook')],
])('%s cannot', (_, user) => {
  it.each(OPENING)('%s', async (__, call) => expect(await callAs(admin, user, call)).toMatch(forbidden))
})

it('a user that the file names can', async () => {
  for (const [what, call] of OPENING) expect([what, await callAs(admin, ADMIN, call)]).toEqual([what, '200'])
})

const other = {
  method: 'POST',
  path: `${ADMISSION}/validatingadmissionpolicies`,
  query: dry,
  body: {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name: 'of-others' },
    spec: {
      matchConstraints: { resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], resources: ['pods'], operations: ['CREATE'] }] },
      validations: [{ expression: 'true' }],
    },
  },
} as const

it('other users may create other policies, and agents may not', async () => {
  expect(await callAs(admin, DEVELOPER, other)).toBe('200')
  for (const user of [AGENT, BEHIND]) expect(await callAs(admin, user, other)).toMatch(forbidden)
})

it('other users cannot create policies with names of jit-access', async () => {
  const named = { ...other, body: { ...other.body, metadata: { name: 'jit-access-more' } } }
  expect(await callAs(admin, DEVELOPER, named)).toMatch(forbidden)
})

it('controllers that maintain a field of the webhook configuration still can', async () => {
  const path = `${ADMISSION}/validatingwebhookconfigurations/jit-access`
  const annotated = merge(path, { metadata: { annotations: { a: 'b' } } })
  expect(await callAs(admin, account('cert-manager:cert-manager-cainjector'), annotated)).toBe('200')
  // This policy allows it; jit-access-parts, which is stored in the API, restricts it to its field.
  expect(await callAs(admin, account('jit-system:jit-webhook'), annotated)).not.toMatch(forbidden)
})

it('the shipped configuration and the documentation page name the same folder', () => {
  const configuration = parse(readFileSync('manifests/static-admission/admission-configuration.yaml', 'utf8')) as {
    readonly plugins: readonly { readonly name: string; readonly configuration: { readonly staticManifestsDir: string } }[]
  }
  const [plugin] = configuration.plugins
  expect(plugin?.name).toBe('ValidatingAdmissionPolicy')
  expect(readFileSync('docs/reference/static-admission.md', 'utf8')).toContain(`Copy it to \`${plugin?.configuration.staticManifestsDir}/\``)
})
