import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { impersonationHeaders } from '../../console/cluster/impersonate.ts'
import { newSession } from '../../console/session/session.ts'
import { createKubeClient, type KubeCall, type KubeClient } from '../../kube/client.ts'
import { clusterConfigFromKubeconfig } from '../../kube/cluster-config.ts'
import { bareCluster } from '../cluster/bare-cluster.ts'
import { runProgram } from '../cluster/run-program.ts'
import { ROOT } from '../manifest/overlay.ts'
import { callAs, clusterAdmin, type User } from '../webhook/call-as.ts'

/**
 * The shipped RBAC of the console at a real kube-apiserver, which authorizes before it looks for the API: without jit-access, 404 means that the call
 * passed, and 403 that it did not.
 */
const cluster = bareCluster({ nodeKind: 'none' })
let stolen: KubeClient
let ranAs: readonly KubeClient[] = []

const ALICE: User = { name: 'oidc:alice', groups: ['oidc:approvers'] }
const as = (user: User, line: string, more: Partial<KubeCall> = {}): Promise<string> => {
  const [method = '', path = ''] = line.split(' ')
  return callAs(stolen, user, { method: method as KubeCall['method'], path, ...more })
}
const kubectl = async (args: readonly string[], input: string): Promise<string> => {
  const ran = await runProgram(join(cluster().binDir, 'kubectl'), args, { env: { KUBECONFIG: cluster().adminKubeconfig }, input })
  if (ran.code !== 0) throw new Error(ran.stderr)
  return ran.stdout
}

beforeAll(async () => {
  const rbac = readFileSync(join(ROOT, 'kustomize/components/console/rbac.yaml'), 'utf8')
  await kubectl(['create', 'namespace', 'jit-system'], '')
  await kubectl(['apply', '-f', '-'], rbac)
  // The person with the most rights, whom a thief would choose.
  await kubectl(['apply', '-f', '-'], JSON.stringify(clusterAdmin('alice', { kind: 'User', name: ALICE.name })))
  const token = (await kubectl(['-n', 'jit-system', 'create', 'token', 'jit-console'], '')).trim()
  const admin = await clusterConfigFromKubeconfig(cluster().adminKubeconfig)
  stolen = createKubeClient({ server: admin.server, ca: admin.ca, credential: { kind: 'token', token: () => Promise.resolve(token) } })
  ranAs = [stolen]
})
afterAll(() => Promise.all(ranAs.map((client) => client.close())))

const API = '/apis/jit.access/v1'

describe('in the name of a person, the credential of the console', () => {
  it.each([
    `GET ${API}/accessrequests`,
    `GET ${API}/accessrequests?watch=true`,
    `GET ${API}/accessrequests/a`,
    `GET ${API}/accessrequests/a/plan`,
    `PUT ${API}/accessrequests/a/approval`,
    `GET ${API}/accessgrants`,
    `PUT ${API}/accessgrants/a/revocation`,
    `GET ${API}/accesspolicies`,
    `POST ${API}/accessimpacts`,
    `PUT ${API}/breakglassreviews/a/decision`,
    `GET ${API}/accesspolicies/a`,
    `GET ${API}/accesssessions`,
    `GET ${API}/accesssessions/a`,
    `GET ${API}/accesssessions/a/recording`,
    `GET ${API}/accesssessions/a/events`,
    `GET ${API}/accesssuspensions`,
    `GET ${API}/accesssuspensions/a`,
    `POST ${API}/accesssuspensions`,
    `PUT ${API}/accesssuspensions/a/lift`,
    `GET ${API}/breakglassreviews`,
    `GET ${API}/notificationchannels`,
    `POST ${API}/accessreviews`,
    `GET ${API}/approverkeys`,
    `GET ${API}/approverkeys/a`,
    `POST ${API}/approverkeys`,
    `DELETE ${API}/approverkeys/a`,
    `PUT ${API}/approverkeys/a/registration`,
  ])('may %s', async (line) => expect(await as(ALICE, line, /^(?:PUT|POST) /.test(line) ? { body: {} } : {})).toMatch(/^404 /))
  it('may send the headers of a session, and ask what the person may do', async () => {
    const session = newSession({ username: ALICE.name, groups: ALICE.groups }, 0)
    const spec = { resourceAttributes: { group: 'jit.access', resource: 'accesspolicies', verb: 'certify', name: 'agents' } }
    const body = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec }
    const call = { method: 'POST', path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', body } as const
    expect(await stolen.json({ ...call, headers: impersonationHeaders(session) })).toMatchObject({ status: { allowed: true } })
    const nobody = newSession({ username: 'oidc:nobody', groups: [] }, 0)
    expect(await stolen.json({ ...call, headers: impersonationHeaders(nobody) })).toMatchObject({ status: { allowed: false } })
  })
  it.each([
    'GET /api/v1/secrets',
    'GET /api/v1/namespaces/kube-system/configmaps',
    'POST /api/v1/namespaces',
    'POST /apis/rbac.authorization.k8s.io/v1/clusterrolebindings',
    'POST /api/v1/namespaces/jit-system/serviceaccounts/jit-console/token',
    `POST ${API}/accessrequests`,
    `POST ${API}/accesspolicies`,
    `PUT ${API}/accesspolicies/a`,
    `DELETE ${API}/accessrequests/a`,
    `PATCH ${API}/accessrequests/a/approval`,
    `POST ${API}/accessgrants/a/claim`,
    `PUT ${API}/accesssuspensions/a`,
    `DELETE ${API}/accesssuspensions/a`,
    `PATCH ${API}/accesssuspensions/a/lift`,
    `POST ${API}/breakglassreviews`,
    `DELETE ${API}/breakglassreviews/a`,
    `GET ${API}/notificationchannels/a`,
    `POST ${API}/notificationchannels`,
    `POST ${API}/whoamis`,
    `PUT ${API}/accessrequests/a/withdrawal`,
    `PUT ${API}/approverkeys/a/confirmation`,
    `PATCH ${API}/approverkeys/a/confirmation`,
    `PUT ${API}/approverkeys/a/revocation`,
    `PUT ${API}/approverkeys/a`,
    `DELETE ${API}/accesssessions/a`,
    `POST ${API}/accesssessions/a/events`,
    'GET /version',
  ])('may not %s, as a cluster admin', async (line) =>
    expect(await as(ALICE, line, line.startsWith('GET') || line.startsWith('DELETE') ? {} : { body: {} })).toMatch(/^403 .*cannot impersonate/),
  )
  it.each<[string, User]>([
    ['system:masters', { name: 'x', groups: ['system:masters'] }],
    ['a ServiceAccount', { name: 'system:serviceaccount:kube-system:generic-garbage-collector', groups: [] }],
    ['a node', { name: 'system:node:n1', groups: ['system:nodes'] }],
    ['an agent by its name in an extra', { name: 'jit.access:agent', groups: ['jit.access:agents'], extra: { 'jit.access/user': 'oidc:agent' } }],
    ['the gateway, by the extra of a grant', { ...ALICE, extra: { 'jit.access/grant': 'g' } }],
    ['another program', { ...ALICE, extra: { 'jit.access/via': 'kubectl' } }],
  ])('may not name %s', async (_title, user) => expect(await as(user, `GET ${API}/accessrequests`)).toMatch(/^403 /))
  it('gains nothing outside of jit.access by the name of a part of the cluster', async () => {
    const manager: User = { name: 'system:kube-controller-manager', groups: [] }
    expect(await as(manager, 'GET /api/v1/secrets')).toMatch(/^403 .*cannot impersonate/)
  })
})

it('in its own name it may do nothing', async () => {
  for (const path of [`${API}/accessrequests`, '/api/v1/secrets', '/api/v1/namespaces'])
    expect(await stolen.json({ method: 'GET', path }).catch((error: unknown) => String(error))).toContain('forbidden')
})
