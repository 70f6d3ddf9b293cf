import { randomUUID } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readSealKeys } from '../../../console/session/cookie-keys.ts'
import { newSession, sealSession, SESSION_COOKIE } from '../../../console/session/session.ts'
import type { AccessRequest } from '../../../domain/api/access-request.ts'
import { withDecision } from '../../../domain/approval/approval-decision.ts'
import { createBrowser, hiddenField, type Browser } from '../../../hack/browser/plain-browser.ts'
import type { KubeCall, KubeClient } from '../../../kube/client.ts'
import { environmentDir, uniqueName } from '../../cluster/environment.ts'
import { patientClient } from '../../cluster/patient-client.ts'
import { callAs, type User } from '../../webhook/call-as.ts'
import { openHarness, type Harness } from '../harness.ts'
import { WAYS } from '../oracles/ways-to-cluster-admin.ts'

/** K. What a thief of the console's credentials can do, and what not (decision 33). */
const REQUESTS = '/apis/jit.access/v1/accessrequests'
const APPROVER: User = { name: 'oidc:approver', groups: ['oidc:approvers'] }
const ADMIN: User = { name: 'oidc:admin', groups: ['oidc:admins'] }
const AGENT: User = { name: 'oidc:agent', groups: ['oidc:agents'] }
const DEVELOPER: User = { name: 'oidc:developer', groups: ['oidc:developers'] }
const VIA = { 'jit.access/via': 'console' }

let harness: Harness
let dir: string
let stolen: KubeClient
/** A request that nobody decides on. */
let request: string
const asked: string[] = []
beforeAll(async () => {
  harness = await openHarness('attack-console')
  dir = await mkdtemp(join(tmpdir(), 'jit-stolen-console-'))
  const path = '/api/v1/namespaces/jit-system/serviceaccounts/jit-console/token'
  const { status } = await harness.admin.json<{ readonly status: { readonly token: string } }>({ method: 'POST', path, body: { spec: {} } })
  const { url, caFile } = harness.environment.kubernetes
  const credential = { kind: 'token', token: () => Promise.resolve(status.token) } as const
  stolen = patientClient({ server: new URL(url), ca: await readFile(caFile, 'utf8'), credential })
  request = await ask()
})
afterAll(async () => {
  for (const name of asked) await harness.send(`DELETE ${REQUESTS}/${name}`)
  await stolen.close()
  await rm(dir, { recursive: true })
  await harness.finish()
})

/** A new request of the agent. */
async function ask(): Promise<string> {
  const name = uniqueName('stolen')
  const rules = [{ verbs: ['delete'], resources: ['configmaps'], namespaces: [harness.namespace], resourceNames: [name] }]
  const body = { apiVersion: 'jit.access/v1', kind: 'AccessRequest', metadata: { name }, spec: { rules } }
  expect((await harness.json(`POST ${REQUESTS}`, body)).status).toBe(201)
  asked.push(name)
  return name
}
const read = (name: string): Promise<AccessRequest> => harness.admin.json({ method: 'GET', path: `${REQUESTS}/${name}` })
const decisionsOn = async (name: string): Promise<readonly string[]> => ((await read(name)).status?.conditions ?? []).map(({ type }) => type)

/** Approves with the stolen token, in the name of a user. */
const approveAs = async (name: string, user: User, headers: KubeCall['headers'] = {}): Promise<string> => {
  const body = withDecision(await read(name), { type: 'Approved', message: undefined, narrowed: undefined }, 'Stolen')
  return await callAs(stolen, user, { method: 'PUT', path: `${REQUESTS}/${name}/approval`, body, headers })
}

describe('K. the stolen token of the console', () => {
  it('X210 decides as an approver, and the audit log shows whose token it was', async () => {
    const [name, id] = [await ask(), randomUUID()]
    expect(await approveAs(name, { ...APPROVER, extra: VIA }, { 'audit-id': id })).toBe('200')
    expect(await decisionsOn(name)).toEqual(['Approved'])
    const [event] = await harness.books.audited([id])
    expect(event).toMatchObject({
      user: { username: 'system:serviceaccount:jit-system:jit-console' },
      impersonatedUser: { username: APPROVER.name, extra: { 'jit.access/via': ['console'] } },
    })
  })
  it.each([
    ['the requester', AGENT],
    ['a person who may not certify', DEVELOPER],
    ['system:masters', { name: 'x', groups: ['system:masters'] }],
    ['a ServiceAccount of ours', { name: 'system:serviceaccount:jit-system:jit-apiserver', groups: [] }],
    ['an agent as the gateway names it', { name: 'jit.access:agent', groups: ['jit.access:agents'], extra: { 'jit.access/user': 'oidc:agent' } }],
  ] as const)('X211 decides nothing as %s', async (_who, user) => {
    expect(await approveAs(request, user)).toMatch(/^403 /)
    expect(await decisionsOn(request)).toEqual([])
  })
  it('X212 leads to nothing outside of jit.access, as the admin of the cluster', async () => {
    const open: string[] = []
    for (const { what, call } of WAYS(harness.namespace)) {
      const answer = await callAs(stolen, ADMIN, call)
      if (!/^40[35] /.test(answer)) open.push(`${what}: ${answer}`)
    }
    expect(open).toEqual([])
  })
  it('X213 makes no request, policy, grant or suspension, and takes no use, as the admin of the cluster', async () => {
    const api = '/apis/jit.access/v1'
    const calls: readonly KubeCall[] = [
      { method: 'POST', path: REQUESTS, body: {} },
      { method: 'DELETE', path: `${REQUESTS}/${request}` },
      { method: 'POST', path: `${api}/accesspolicies`, body: {} },
      { method: 'PUT', path: `${api}/accesspolicies/coding-agents`, body: {} },
      { method: 'POST', path: `${api}/accessgrants`, body: {} },
      { method: 'POST', path: `${api}/accessgrants/${request}/claim`, body: {} },
    ]
    for (const call of calls) expect([call.path, await callAs(stolen, ADMIN, call)]).toEqual([call.path, expect.stringMatching(/^403 /)])
  })
})

/** The session keys: where the console has them, as a Pod or as a process. */
async function keysFile(): Promise<string> {
  type Secret = { readonly data: { readonly 'session-keys': string } }
  const secret = await harness.admin.json<Secret>({ method: 'GET', path: '/api/v1/namespaces/jit-system/secrets/jit-console' }).catch(() => undefined)
  if (secret === undefined) return join(environmentDir(), 'servers/jit-console/secrets/session-keys')
  const file = join(dir, 'session-keys')
  await writeFile(file, Buffer.from(secret.data['session-keys'], 'base64'))
  return file
}

const LIMITS = { idleMs: 900_000, lifetimeMs: 3_600_000 }
const url = (): string => harness.environment.console.url

/** A browser with a session that the thief sealed. */
async function forged({ name, groups }: User): Promise<Browser> {
  const browser = createBrowser([await readFile(harness.environment.console.caFile, 'utf8')])
  const session = newSession({ username: name, groups }, Date.now())
  browser.cookies(url()).set(SESSION_COOKIE, await sealSession(await readSealKeys(await keysFile()), session, LIMITS))
  return browser
}

describe('K. the stolen session keys of the console', () => {
  it('X214 sign in as an approver, who decides', async () => {
    const [browser, name] = [await forged(APPROVER), await ask()]
    const page = await browser.open(`${url()}/requests/${name}`)
    const form = { csrf: hiddenField(page, 'csrf'), seen: hiddenField(page, 'seen'), reason: 'stolen' }
    expect((await browser.post(`${url()}/requests/${name}/deny`, form)).code).toBe(200)
    expect(await decisionsOn(name)).toEqual(['Denied'])
    await browser.close()
  })
  it.each([
    ['system:masters', { name: 'oidc:x', groups: ['system:masters'] }],
    ['a ServiceAccount', { name: 'system:serviceaccount:kube-system:generic-garbage-collector', groups: [] }],
    ['the agents as the gateway names them', { name: 'oidc:x', groups: ['jit.access:agents'] }],
  ] as const)('X215 show nothing as %s', async (_who, user) => {
    const browser = await forged(user)
    const page = await browser.open(`${url()}/requests/${request}`)
    expect(page.code).toBe(403)
    expect(page.text).not.toContain('configmaps')
    await browser.close()
  })
  it('X216 give an agent no more than its own token has at kube-apiserver: nothing', async () => {
    const browser = await forged(AGENT)
    const page = await browser.open(`${url()}/requests/${request}`)
    expect(page.code).toBe(403)
    expect(page.text).not.toContain('configmaps')
    await browser.close()
  })
})
