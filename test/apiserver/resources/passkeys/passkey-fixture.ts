import { randomBytes } from 'node:crypto'
import type { AccessPolicySpec } from '../../../../domain/api/access-policy.ts'
import type { AccessRequest, AccessRequestSpec, AccessRequestStatus } from '../../../../domain/api/access-request.ts'
import type { ApproverKey } from '../../../../domain/api/passkeys/approver-key.ts'
import type { Assertion } from '../../../../domain/api/passkeys/assertion.ts'
import { approvalChallenge, registrationChallenge } from '../../../../domain/approval/passkey-challenge.ts'
import type { Identity } from '../../../../domain/identity.ts'
import { policy } from '../../../domain/builders.ts'
import { createAuthenticator, type Authenticator, type Twist } from '../../../fakes/authenticator.ts'
import { put, serveApi, user, type Answer, type Served } from '../served-api.ts'

export const PLACE = { origin: 'https://console.example.com', rpID: 'console.example.com' } as const
export const START = Date.parse('2026-11-25T12:00:00Z')
export const AGENT = user('oidc:agent', 'oidc:agents')
export const ALICE = user('oidc:alice', 'system:authenticated')
export const BOB = user('oidc:bob', 'system:authenticated')
export const ADMIN = user('oidc:admin', 'system:authenticated')
const APPROVERS = [ALICE, BOB].map(({ username }) => username)

type Narrowed = AccessRequestStatus['narrowed']
/** What a test changes of an approval: what is signed differs from what is sent. */
export type Approval = {
  readonly narrowed?: Narrowed
  readonly signed?: Partial<Parameters<typeof approvalChallenge>[0]>
  readonly twist?: Twist
  readonly sent?: Partial<Assertion>
}
export type Enrolled = { readonly name: string; readonly device: Authenticator }

const keyBody = (more: object = {}): object => ({
  apiVersion: 'jit.access/v1',
  kind: 'ApproverKey',
  metadata: { generateName: 'key-' },
  spec: {},
  ...more,
})
export const confirmed = (key: ApproverKey): ApproverKey => ({
  ...key,
  status: { ...key.status, conditions: [...(key.status?.conditions ?? []), { type: 'Confirmed', status: 'True', message: 'compared by phone' }] },
})
export const revoked = (key: ApproverKey): ApproverKey => ({
  ...key,
  status: { ...key.status, conditions: [...(key.status?.conditions ?? []), { type: 'Revoked', status: 'True', message: 'lost' }] },
})

/** The apiserver with passkeys, a policy that requires them for High, two approvers, and an admin who may confirm keys. */
export async function startPasskeys(spec: Partial<AccessPolicySpec> = {}) {
  const api: Served = await serveApi(START, undefined, { passkeys: PLACE })
  api.rights = ({ username }, { verb, subresource }) =>
    (verb === 'certify' && APPROVERS.includes(username)) || (subresource === 'confirmation' && username === ADMIN.username)
  const rules = [{ name: 'deletes', match: { verbs: ['delete'], resources: ['pods'] }, effect: 'RequireGrant', risk: 'High' }] as const
  const subjects = [{ kind: 'User', name: AGENT.username }] as const
  await put(api.store, 'accesspolicies', policy('agents', { subjects, rules, approvals: { passkey: { requiredFor: 'High' } }, ...spec }))

  const read = async <T>(as: Identity, line: string): Promise<T> => (await api.send(as, `GET ${line}`)).body as unknown as T
  const createKey = (as: Identity, more: object = {}): Promise<Answer> => api.send(as, 'POST approverkeys', { body: keyBody(more) })
  const register = async (
    as: Identity,
    made: ApproverKey,
    { device, twist = {} }: { readonly device: Authenticator; readonly twist?: Twist & { readonly challenge?: string } },
  ): Promise<Answer> => {
    const { name, uid = '' } = made.metadata
    const challenge = twist.challenge ?? registrationChallenge({ uid, owner: made.spec.user?.username ?? '' })
    const body = { ...made, status: { ...made.status, registration: device.create(challenge, twist) } }
    return await api.send(as, `PUT approverkeys/${name}/registration`, { body })
  }
  /** A registered key that nobody has confirmed. */
  const registered = async (as: Identity, device: Authenticator): Promise<ApproverKey> => {
    const made = (await createKey(as)).body as unknown as ApproverKey
    const answer = await register(as, made, { device })
    if (answer.code !== 200) throw new Error(answer.text)
    return answer.body as unknown as ApproverKey
  }
  const confirm = (as: Identity, key: ApproverKey): Promise<Answer> =>
    api.send(as, `PUT approverkeys/${key.metadata.name}/confirmation`, { body: confirmed(key) })
  const enrol = async (as: Identity, device = createAuthenticator(PLACE)): Promise<Enrolled> => {
    const key = await registered(as, device)
    const answer = await confirm(ADMIN, key)
    if (answer.code !== 200) throw new Error(answer.text)
    return { name: key.metadata.name, device }
  }
  const ask = async (asked: Partial<AccessRequestSpec> = {}): Promise<string> => {
    const pod = `web-${randomBytes(3).toString('hex')}`
    const pods = [{ verbs: ['delete'], resources: ['pods'], namespaces: ['shop'], resourceNames: [pod] }]
    const body = { apiVersion: 'jit.access/v1', kind: 'AccessRequest', metadata: { generateName: 'r-' }, spec: { rules: pods, ...asked } }
    const { code, text, body: made } = await api.send(AGENT, 'POST accessrequests', { body })
    if (code !== 201) throw new Error(text)
    return (made as unknown as AccessRequest).metadata.name
  }
  const requestNamed = (name: string): Promise<AccessRequest> => read<AccessRequest>(ALICE, `accessrequests/${name}`)

  /** The assertion of an approver over a request as it is now. */
  const sign = async (
    as: Identity,
    name: string,
    { key, narrowed, signed = {}, twist = {}, sent = {} }: Approval & { readonly key: Enrolled },
  ): Promise<Assertion> => {
    const issuedAt = new Date(api.clock.nowMs()).toISOString()
    const request = await requestNamed(name)
    const challenge = approvalChallenge({ request, narrowed, unseen: false, approver: as.username, issuedAt, ...signed })
    return { key: key.name, issuedAt, ...key.device.get(challenge, twist), ...sent }
  }
  const send = async (
    as: Identity,
    name: string,
    given: { readonly passkey?: Assertion | undefined; readonly narrowed?: Narrowed; readonly unseen?: boolean; readonly query?: string },
  ): Promise<Answer> => {
    const request = await requestNamed(name)
    const conditions = [...(request.status?.conditions ?? []), { type: 'Approved', status: 'True' }]
    const { query = '', ...fields } = given
    const status = { ...request.status, conditions, ...fields }
    return await api.send(as, `PUT accessrequests/${name}/approval${query}`, { body: { ...request, status } })
  }
  const approve = async (as: Identity, name: string, given: Approval & { readonly key: Enrolled }): Promise<Answer> =>
    await send(as, name, { passkey: await sign(as, name, given), ...(given.narrowed === undefined ? {} : { narrowed: given.narrowed }) })

  return { api, read, createKey, register, registered, confirm, enrol, ask, requestNamed, sign, send, approve, close: () => api.close() }
}
export type PasskeyFixture = Awaited<ReturnType<typeof startPasskeys>>

/** The reasons and messages of the causes of a refusal. */
export const causesOf = ({ body }: Answer): readonly { readonly reason: string; readonly message: string; readonly field?: string }[] =>
  (body as unknown as { readonly details?: { readonly causes?: readonly { readonly reason: string; readonly message: string }[] } }).details
    ?.causes ?? []
