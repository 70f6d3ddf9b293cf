import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AccessSuspension } from '../../../../domain/api/access-suspension.ts'
import { agentPath } from '../../../../console/http/known-path.ts'
import { put, user } from '../../../apiserver/resources/served-api.ts'
import { hiddenField, type Browser, type Page } from '../../../../hack/browser/plain-browser.ts'
import { ALICE, startFixture, type Fixture } from '../../console-fixture.ts'

let fixture: Fixture
let alice: Browser
beforeAll(async () => {
  fixture = await startFixture({ spec: { requests: { maxPending: 100 } } })
  alice = await fixture.signedIn()
})
afterAll(() => fixture.close())

const inForce = async (): Promise<readonly AccessSuspension[]> => {
  const { body } = await fixture.api.send(user(ALICE.username), 'GET accesssuspensions')
  return (body['items'] as unknown as readonly AccessSuspension[]).filter(({ status }) => status?.phase === 'InForce')
}
const send = async (form: { readonly [field: string]: string }, path = '/suspensions'): Promise<Page> => {
  const csrf = hiddenField(await alice.open(`${fixture.url}/agents`), 'csrf')
  return await alice.post(`${fixture.url}${path}`, { csrf, ...form })
}

describe('agents', () => {
  it('lists who asked for access, with a page for each', async () => {
    const name = await fixture.ask()
    const list = await alice.open(`${fixture.url}/agents`)
    expect(list.text).toContain(`href="${agentPath('oidc:agent')}"`)
    expect(list.text).toContain('1 pending request')
    const agent = await alice.open(`${fixture.url}${agentPath('oidc:agent')}`)
    expect(agent.text).toContain(`href="/requests/${name}"`)
    expect(agent.text).toContain('href="/policies/agents"')
    expect(agent.text).toContain('/history?requester=oidc%3Aagent')
  })
  it('finds them by a part of the name', async () => {
    await fixture.ask()
    expect((await alice.open(`${fixture.url}/agents?named=AGENT`)).text).toContain(agentPath('oidc:agent'))
    const none = await alice.open(`${fixture.url}/agents?named=${encodeURIComponent('"><script>x')}`)
    expect(none.text).toContain('There is no such agent')
    expect(none.text).not.toContain('<script>x')
  })
  it('shows others nothing of them', async () => {
    await fixture.ask()
    const { text } = await (await fixture.signedIn({ username: 'oidc:bob', groups: [] })).open(`${fixture.url}/agents`)
    expect(text).toContain('There is no agent that you can see.')
    expect(text).not.toContain('oidc:agent')
  })
  it('an agent without requests has a page, which says what is not known', async () => {
    const { code, text } = await alice.open(`${fixture.url}${agentPath('oidc:"<new>')}`)
    expect(code).toBe(200)
    expect(text).toContain('its groups are not known')
    expect(text).toContain('oidc:&quot;&lt;new&gt;')
  })
  it('a coded name that no link has is not a page', async () => expect((await alice.open(`${fixture.url}/agents/of/_w`)).code).toBe(404))
})

describe('suspensions', () => {
  it('stops one agent and resumes it, in the name of the person', async () => {
    const { url } = await send({ target: 'agent', name: 'oidc:agent', reason: 'it loops' })
    expect(url).toBe(`${fixture.url}${agentPath('oidc:agent')}`)
    const [made] = await inForce()
    expect(made?.spec).toMatchObject({
      subjects: [{ kind: 'User', name: 'oidc:agent' }],
      reason: 'it loops',
      suspendedBy: { username: ALICE.username },
    })
    const page = await alice.open(url)
    expect(page.text).toContain('It is suspended')
    const name = made?.metadata.name ?? ''
    const back = await send({ reason: 'fixed', back: agentPath('oidc:agent') }, `/suspensions/${name}/lift`)
    expect(back.url).toBe(url)
    expect(back.text).toContain('Suspensions that were lifted')
    expect(await inForce()).toEqual([])
  })
  it.each(['oidc:evil\u200b', 'oidc:\u202egnp', 'oidc:a\tb'])('of the page of %j stop no agent of a similar name', async (username) => {
    const page = await alice.open(`${fixture.url}${agentPath(username)}`)
    expect((await send({ target: 'agent', coded: hiddenField(page, 'coded'), reason: 'x' })).code).toBe(422)
    expect(await inForce()).toEqual([])
  })
  it.each(['oidc:evil ', ' oidc:evil', 'oidc:<b>"\'&'])('of the page of %j stop exactly this agent', async (username) => {
    const page = await alice.open(`${fixture.url}${agentPath(username)}`)
    const { url } = await send({ target: 'agent', coded: hiddenField(page, 'coded'), reason: 'x' })
    expect(url).toBe(`${fixture.url}${agentPath(username)}`)
    const [made] = await inForce()
    expect(made?.spec.subjects).toEqual([{ kind: 'User', name: username }])
    await send({ reason: 'x' }, `/suspensions/${made?.metadata.name ?? ''}/lift`)
  })
  it('names a ServiceAccount as such, so that both of its names stop', async () => {
    await send({ target: 'agent', name: 'jit.access:serviceaccount:ci:bot', reason: 'x' })
    const [made] = await inForce()
    expect(made?.spec.subjects).toEqual([{ kind: 'ServiceAccount', namespace: 'ci', name: 'bot' }])
    await send({ reason: 'x' }, `/suspensions/${made?.metadata.name ?? ''}/lift`)
  })
  it('stops the agents of a policy', async () => {
    const { url } = await send({ target: 'policy', name: 'agents', reason: 'incident' })
    expect(url).toBe(`${fixture.url}/agents`)
    const [made] = await inForce()
    expect(made?.spec.policy).toBe('agents')
    await send({ reason: 'x' }, `/suspensions/${made?.metadata.name ?? ''}/lift`)
  })
  it('stops all agents only after a confirmation', async () => {
    const page = await alice.open(`${fixture.url}/agents/all`)
    expect(page.text).toContain('every agent of every policy')
    expect((await send({ target: 'all', reason: 'incident' })).code).toBe(422)
    expect(await inForce()).toEqual([])
    await send({ target: 'all', reason: 'incident', confirm: 'yes' })
    const [made] = await inForce()
    expect(made?.spec.all).toBe(true)
    await send({ reason: 'over' }, `/suspensions/${made?.metadata.name ?? ''}/lift`)
  })
  it.each([
    { target: 'agent', name: 'oidc:agent', reason: ' ' },
    { target: 'agent', name: '', reason: 'x' },
    { target: 'agent', coded: '_w', name: 'oidc:agent', reason: 'x' },
    { target: 'policy', name: '', reason: 'x' },
    { target: 'both', name: 'a', reason: 'x' },
    { reason: 'x' },
  ])('%j does nothing, and says why', async (form) => {
    const { code, text } = await send(form)
    expect(code).toBe(422)
    expect(text).toContain('Nothing was done')
    expect(await inForce()).toEqual([])
  })
  it('lifts nothing without a reason', async () => {
    await send({ target: 'policy', name: 'agents', reason: 'incident' })
    const [made] = await inForce()
    expect((await send({}, `/suspensions/${made?.metadata.name ?? ''}/lift`)).code).toBe(422)
    expect((await inForce()).length).toBe(1)
    await send({ reason: 'x' }, `/suspensions/${made?.metadata.name ?? ''}/lift`)
  })
  it('says in words that the person may not, and that nothing was done', async () => {
    // The person is governed, so the apiserver refuses; the console does not know that.
    await put(fixture.api.store, 'accesspolicies', {
      apiVersion: 'jit.access/v1',
      kind: 'AccessPolicy',
      metadata: { name: 'people' },
      spec: { subjects: [{ kind: 'User', name: 'oidc:carol' }] },
    })
    const carol = await fixture.signedIn({ username: 'oidc:carol', groups: [] })
    const csrf = hiddenField(await carol.open(`${fixture.url}/agents`), 'csrf')
    const { code, text } = await carol.post(`${fixture.url}/suspensions`, { csrf, target: 'agent', name: 'oidc:x', reason: 'x' })
    expect(code).toBe(403)
    expect(text).toContain('Nothing was done')
    expect(text).toContain('jit-suspender')
    expect(await inForce()).toEqual([])
  })
  it('leads to no other page than one of agents afterwards', async () => {
    await send({ target: 'policy', name: 'agents', reason: 'incident' })
    const [made] = await inForce()
    const { url } = await send({ reason: 'x', back: 'https://evil.test/agents' }, `/suspensions/${made?.metadata.name ?? ''}/lift`)
    expect(url).toBe(`${fixture.url}/agents`)
  })
})
