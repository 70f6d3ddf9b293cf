import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AccessGrant } from '../../../domain/api/access-grant.ts'
import type { AccessRequest } from '../../../domain/api/access-request.ts'
import type { ApproverKey } from '../../../domain/api/passkeys/approver-key.ts'
import { checkedBoxes, hiddenField, hiddenFields, unescaped, type Browser, type Fields, type Page } from '../../../hack/browser/plain-browser.ts'
import { createAuthenticator, type Authenticator } from '../../fakes/authenticator.ts'
import { ADMIN, AGENT, startFixture, type Fixture } from '../console-fixture.ts'

const RULES = [
  { verbs: ['delete', 'patch'], resources: ['pods'], namespaces: ['shop', 'bank'], resourceNames: ['a', 'b'] },
  { verbs: ['patch'], apiGroups: ['apps'], resources: ['deployments'], namespaces: ['shop'], resourceNames: ['web'] },
]

let fixture: Fixture
let alice: Browser
let key: Authenticator
beforeEach(async () => {
  fixture = await startFixture({ spec: { approvals: { passkey: { requiredFor: 'Low' } } } })
  alice = await fixture.signedIn()
  key = createAuthenticator({ origin: fixture.url, rpID: 'localhost' })
  await enrol()
})
afterEach(() => fixture.close())

const optionsOf = ({ text }: Page): { readonly challenge: string } =>
  JSON.parse(unescaped(/data-options="([^"]*)"/.exec(text)?.[1] ?? '{}')) as { readonly challenge: string }

/** A key of Alice that an admin has confirmed. */
async function enrol(): Promise<void> {
  const csrf = hiddenField(await alice.open(`${fixture.url}/keys`), 'csrf')
  const { url } = await alice.post(`${fixture.url}/keys`, { csrf })
  const page = await alice.open(url)
  const { id, ...response } = key.create(optionsOf(page).challenge)
  const made = await alice.post(`${url}/register`, { csrf, response: JSON.stringify({ id, response }) })
  expect(made.code).toBe(200)
  const name = new URL(url).pathname.split('/').at(-1) ?? ''
  const { body } = await fixture.api.send(ADMIN, `GET approverkeys/${name}`)
  const found = body as unknown as ApproverKey
  const confirmed = { ...found, status: { ...found.status, conditions: [{ type: 'Confirmed', status: 'True' }] } }
  expect((await fixture.api.send(ADMIN, `PUT approverkeys/${name}/confirmation`, { body: confirmed })).code).toBe(200)
}

/** The second step, after a first form with some boxes unchecked. */
async function asksToSign(name: string, unchecked: Fields): Promise<Page> {
  const page = await alice.open(`${fixture.url}/requests/${name}`)
  const hidden = ['csrf', 'seen', 'offered'].map((field) => [field, hiddenField(page, field)] as const)
  const boxes = checkedBoxes(page.text).filter(([field, value]) => !unchecked.some(([one, other]) => one === field && other === value))
  const step = await alice.send(`${fixture.url}/requests/${name}/approve`, [...hidden, ...boxes, ['duration', '300']])
  expect([step.code, step.text.includes('Nothing is approved yet')]).toEqual([200, true])
  return step
}
const sign = (name: string, step: Page, change: (fields: Fields) => Fields = (fields) => fields): Promise<Page> => {
  const response = JSON.stringify({ id: key.id, response: key.get(optionsOf(step).challenge) })
  const fields = hiddenFields(step.text.slice(step.text.indexOf('data-passkey'))).filter(([field]) => field !== 'response')
  return alice.send(`${fixture.url}/requests/${name}/approve`, [...change(fields), ['response', response]])
}
const stored = async (name: string): Promise<AccessRequest> =>
  (await fixture.api.send(AGENT, `GET accessrequests/${name}`)).body as unknown as AccessRequest

const LESS: Fields = [
  ['rule', '1'],
  ['verbs', 'delete'],
  ['namespaces', 'bank'],
  ['resourceNames', 'b'],
]
const KEPT = [{ verbs: ['patch'], resources: ['pods'], namespaces: ['shop'], resourceNames: ['a'] }]

describe('an approval of a part of a request, by a passkey', () => {
  it('shows the part in the second step, and gives this part', async () => {
    const name = await fixture.ask({ rules: RULES, durationSeconds: 3600 })
    const step = await asksToSign(name, LESS)
    expect(step.text).toContain('patch')
    for (const gone of ['bank', 'deployments', 'delete'])
      expect(step.text.slice(step.text.indexOf('What you approve'), step.text.indexOf('data-passkey'))).not.toContain(gone)
    expect((await sign(name, step)).code).toBe(303)
    const { status } = await stored(name)
    expect(status?.narrowed?.durationSeconds).toBe(300)
    const grant = (await fixture.api.send(AGENT, `GET accessgrants/${status?.grantName ?? ''}`)).body as unknown as AccessGrant
    expect(grant.spec.rules).toMatchObject(KEPT)
    expect(status?.reviews?.[0]?.passkey).toBeDefined()
  })
  it.each<[string, (fields: Fields) => Fields]>([
    ['a rule that was unchecked', (fields) => [...fields, ['rule', '1'], ['resourceNames', 'web']]],
    ['a namespace that was unchecked', (fields) => [...fields, ['namespaces', 'bank']]],
    ['a name that was unchecked', (fields) => [...fields, ['resourceNames', 'b']]],
    ['everything, as if nothing had been offered', (fields) => fields.filter(([field]) => field !== 'offered')],
    ['a longer time', (fields) => fields.map(([field, value]) => [field, field === 'duration' ? '3600' : value] as const)],
    ['the time of the request', (fields) => fields.filter(([field]) => field !== 'duration')],
    ['what is said to be unseen', (fields) => [...fields, ['unseen', 'yes']]],
    [
      'a later signature',
      (fields) => fields.map(([field, value]) => [field, field === 'issuedAt' ? new Date(Date.now() + 5000).toISOString() : value] as const),
    ],
  ])('does not give %s, which the key has not signed', async (_title, change) => {
    const name = await fixture.ask({ rules: RULES, durationSeconds: 3600 })
    const refused = await sign(name, await asksToSign(name, LESS), change)
    expect(refused.code).toBe(403)
    expect(await stored(name)).toMatchObject({ status: { phase: 'Pending' } })
  })
  it('is nothing for another request, of which the same part was chosen', async () => {
    const [one, other] = [
      await fixture.ask({ rules: RULES }),
      await fixture.ask({ rules: [RULES[0] ?? {}, { ...RULES[1], resourceNames: ['api'] }] as never }),
    ]
    const step = await asksToSign(one, LESS)
    const seen = hiddenField(await alice.open(`${fixture.url}/requests/${other}`), 'seen')
    const refused = await sign(other, step, (fields) => fields.map(([field, value]) => [field, field === 'seen' ? seen : value] as const))
    expect(refused.code).toBe(403)
    expect((await stored(other)).status?.phase).toBe('Pending')
  })
})
