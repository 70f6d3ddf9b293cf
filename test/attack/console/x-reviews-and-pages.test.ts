import { afterEach, describe, expect, it } from 'vitest'
import { toCsv } from '../../../console/pages/history/download.ts'
import { AGENT_USER, AGENTS_GROUP, EXTRA } from '../../../domain/api/names.ts'
import type { Identity } from '../../../domain/identity.ts'
import { put, serveApi, user } from '../../apiserver/resources/served-api.ts'
import { hiddenField } from '../../../hack/browser/plain-browser.ts'
import { ALICE, startFixture } from '../../console/console-fixture.ts'
import { policy } from '../../domain/builders.ts'

/** X. What reviews of other users tell, and what forms and files of the console do. */
const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0)) await end()
})

const [agent, alice] = [user('oidc:agent', 'oidc:agents'), user(ALICE.username)]
const RULES = [{ verbs: ['delete'], resources: ['pods'], namespaces: ['shop'] }]
const reviewOf = (spec: object): object => ({ apiVersion: 'jit.access/v1', kind: 'AccessReview', spec })

async function api() {
  const made = await serveApi(Date.now())
  ends.push(() => made.close())
  await put(made.store, 'accesspolicies', policy('agents'))
  return made
}

describe('X. reviews of other users', () => {
  it('X230 an agent learns nothing about another user, by whatever identity and rights it has', async () => {
    const served = await api()
    served.rights = () => true
    const throughGateway: Identity = {
      username: AGENT_USER,
      uid: '',
      groups: [AGENTS_GROUP, 'jit.access:elevated:agents'],
      extra: { [EXTRA.user]: ['oidc:agent'], [EXTRA.tokenGroups]: ['oidc:agents'] },
    }
    const questions = [
      { verb: 'get', resource: 'pods', user: 'oidc:other' },
      { user: 'oidc:other', groups: ['oidc:agents'], request: { rules: RULES } },
      { user: 'oidc:agent', groups: ['oidc:admins'], request: { rules: RULES } },
    ]
    for (const who of [agent, throughGateway, { ...agent, username: 'OIDC:AGENT' }])
      for (const spec of questions) expect((await served.send(who, 'POST accessreviews', { body: reviewOf(spec) })).code).toBe(403)
  })
  it('X231 reviews of an agent take neither its turn nor its quota', async () => {
    const served = await api()
    served.rights = ({ username }) => username === alice.username
    const body = reviewOf({ user: 'oidc:agent', groups: ['oidc:agents'], request: { rules: RULES } })
    const flood = Array.from({ length: 60 }, () => served.send(alice, 'POST accessreviews', { body }))
    const request = { apiVersion: 'jit.access/v1', kind: 'AccessRequest', metadata: { generateName: 'r-' }, spec: { rules: RULES } }
    expect((await served.send(agent, 'POST accessrequests', { body: request })).code).toBe(201)
    const codes = (await Promise.all(flood)).map(({ code }) => code)
    expect(codes.every((code) => code === 201 || code === 429)).toBe(true)
    expect((await served.store.list('accessrequests')).entries.length).toBe(1)
  })
})

describe('X. the console', () => {
  it('X232 a form of another site stops nobody and resumes nobody', async () => {
    const fixture = await startFixture()
    ends.push(() => fixture.close())
    const browser = await fixture.signedIn()
    const csrf = hiddenField(await browser.open(`${fixture.url}/agents`), 'csrf')
    const all = { target: 'all', reason: 'x', confirm: 'yes' }
    const suspensions = async (): Promise<number> => (await fixture.api.store.list('accesssuspensions')).entries.length
    expect((await browser.post(`${fixture.url}/suspensions`, all)).code).toBe(403)
    expect((await browser.post(`${fixture.url}/suspensions`, { ...all, csrf }, { origin: 'https://evil.test' })).code).toBe(403)
    expect((await browser.post(`${fixture.url}/suspensions`, { ...all, csrf }, { 'sec-fetch-site': 'cross-site' })).code).toBe(403)
    expect((await browser.once(`${fixture.url}/suspensions?${new URLSearchParams({ ...all, csrf }).toString()}`)).code).toBe(404)
    expect(await suspensions()).toBe(0)
    await browser.post(`${fixture.url}/suspensions`, { ...all, csrf })
    expect(await suspensions()).toBe(1)
    const [entry] = (await fixture.api.store.list('accesssuspensions')).entries
    const lift = `${fixture.url}/suspensions/${entry?.name ?? ''}/lift`
    expect((await browser.post(lift, { reason: 'x' })).code).toBe(403)
    const { body } = await fixture.api.send(alice, `GET accesssuspensions/${entry?.name ?? ''}`)
    expect(body['status']).toMatchObject({ phase: 'InForce' })
  })
  it('X233 no text of an agent becomes a formula in a downloaded table', () => {
    const text = '=HYPERLINK("https://evil.test";"click")'
    const row = { name: 'r', policy: 'p', risk: 'High', outcome: 'Denied', created: '', ended: '', decidedBy: [], grant: '', grantEnd: '' } as const
    const [, line = ''] = toCsv([{ ...row, requester: `@${text}`, access: text, reason: ` ${text}` }]).split('\r\n')
    expect(line).not.toMatch(/(?:^|,)"?\s*[=+\-@]/)
    expect(line.match(/"'/g)?.length).toBe(3)
  })
})
