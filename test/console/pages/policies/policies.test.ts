import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { put } from '../../../apiserver/resources/served-api.ts'
import { policy } from '../../../domain/builders.ts'
import { hiddenField, type Browser, type Page } from '../../../../hack/browser/plain-browser.ts'
import { startFixture, type Fixture } from '../../console-fixture.ts'

let fixture: Fixture
let alice: Browser
beforeAll(async () => {
  fixture = await startFixture({
    spec: {
      rules: [
        { name: 'no-bank', match: { verbs: ['delete'], namespaces: ['bank'] }, effect: 'Deny' },
        { name: 'few', match: { verbs: ['patch'], apiGroups: ['apps'], condition: 'object.spec.replicas <= 3' }, effect: 'Allow' },
      ],
      requests: { maxDurationSeconds: 900 },
      approvals: { windows: [{ name: 'never', timeZone: 'UTC', effect: 'Freeze', start: '2020-01-01T00:00:00Z', end: '2020-01-02T00:00:00Z' }] },
    },
  })
  alice = await fixture.signedIn()
})
afterAll(() => fixture.close())

const attempt = async (form: { readonly [field: string]: string }): Promise<Page> => {
  const csrf = hiddenField(await alice.open(`${fixture.url}/policies/agents`), 'csrf')
  return await alice.post(`${fixture.url}/policies/agents/try`, { csrf, ...form })
}
const yaml = (seconds: number): string =>
  `apiVersion: jit.access/v1\r\nkind: AccessRequest\r\nspec:\r\n  durationSeconds: ${seconds}\r\n  requester: {username: oidc:bob}\r\n  rules:\r\n  - {verbs: [delete], resources: [pods], namespaces: [shop]}\r\n`
/** The part of a page after the form's heading, without the policy itself. */
const answerOf = ({ text }: Page): string => text.slice(text.indexOf('What this policy says'), text.indexOf('Try it</button>'))

describe('policies', () => {
  it('are listed with their health', async () => {
    const conditions = [
      { type: 'Ready', status: 'False', reason: 'ImpersonationForbidden', observedGeneration: 1 },
      { type: 'Impersonable', status: 'False', reason: 'ImpersonationForbidden', message: 'may not act\nkubectl apply -f fix.yaml' },
    ]
    const broken = policy('broken', { subjects: [{ kind: 'User', name: 'oidc:<b>' }], mode: 'Shadow' })
    await put(fixture.api.store, 'accesspolicies', { ...broken, metadata: { name: 'broken', generation: 1 }, status: { conditions } } as never)
    const list = await alice.open(`${fixture.url}/policies`)
    expect(list.text).toContain('href="/policies/broken"')
    expect(list.text).toContain('may not act')
    expect(list.text).toContain('User oidc:&lt;b&gt;')
    const { text } = await alice.open(`${fixture.url}/policies/broken`)
    expect(text).toContain('<code>kubectl apply -f fix.yaml</code>')
    expect(text).toContain('it records and warns, and refuses nothing')
  })
  it('say what they allow, in words', async () => {
    const { text } = await alice.open(`${fixture.url}/policies/agents`)
    expect(text).toContain('delete every resource, in namespace bank')
    expect(text).toContain('object.spec.replicas &lt;= 3')
    expect(text).toContain('at most 15m')
    expect(text).toContain('It is open now.')
  })
  it('that do not exist are not pages', async () => {
    expect((await alice.open(`${fixture.url}/policies/none`)).code).toBe(404)
    expect((await alice.open(`${fixture.url}/policies/..%2f`)).code).toBe(404)
  })
})

describe('a trial', () => {
  it('says what the policy and the server say about an agent', async () => {
    const form = { verb: 'delete', resource: 'pods', namespace: 'bank', name: 'a', user: 'oidc:agent', groups: 'oidc:agents\r\n' }
    const answer = answerOf(await attempt(form))
    expect(answer).toContain('delete pods &quot;a&quot; in namespace bank')
    expect(answer).toContain('Deny. Needed: nothing helps')
    expect(answer).toContain('for oidc:agent')
    expect(answer).toContain('rule &quot;no-bank&quot; of policy &quot;agents&quot;: Deny')
    const shop = answerOf(await attempt({ ...form, namespace: 'shop' }))
    expect(shop).toContain('kubectl create accessrequest')
  })
  it('without a user asks about the person', async () =>
    expect(answerOf(await attempt({ verb: 'get', resource: 'pods' }))).toContain('no AccessPolicy governs &quot;oidc:alice&quot;'))
  it('reads groups and subresources as kubectl writes them', async () =>
    expect(answerOf(await attempt({ verb: 'patch', resource: 'deployments.apps/scale', namespace: 'shop' }))).toContain(
      'patch deployments.apps/scale',
    ))
  it('of a whole AccessRequest says what would become of it', async () => {
    const who = { user: 'oidc:agent', groups: 'oidc:agents' }
    const accepted = answerOf(await attempt({ ...who, yaml: yaml(600) }))
    expect(accepted).toContain('it would wait for approvers')
    expect(accepted).toContain('10m, any number of uses')
    expect(accepted).toContain('no requester writes them: requester')
    expect(answerOf(await attempt({ ...who, yaml: yaml(3600) }))).toContain('<code>spec.durationSeconds</code>')
    expect((await fixture.api.store.list('accessrequests')).entries).toEqual([])
  })
  it('is refused to who may not know what governs the user, and still shows the policy', async () => {
    const bob = await fixture.signedIn({ username: 'oidc:bob', groups: [] })
    const csrf = hiddenField(await bob.open(`${fixture.url}/policies/agents`), 'csrf')
    const page = await bob.post(`${fixture.url}/policies/agents/try`, { csrf, verb: 'get', resource: 'pods', user: 'oidc:agent' })
    expect(page.code).toBe(200)
    expect(answerOf(page)).toContain('can review another user with the verb certify')
  })
  it.each([
    ['nothing', {}],
    ['no YAML', { yaml: '\u0000: [' }],
    ['another kind', { yaml: 'kind: Secret\nspec: {}' }],
    ['wrong types', { yaml: 'kind: AccessRequest\nspec: {rules: [{verbs: get, resources: [pods]}]}' }],
    ['null items', { yaml: 'kind: AccessRequest\nspec: {rules: [null]}' }],
    ['a long word', { verb: 'x'.repeat(2000), resource: 'pods' }],
    ['many groups', { verb: 'get', resource: 'pods', groups: 'a\n'.repeat(300) }],
    ['YAML that takes long to read', { yaml: `${yaml(600)}${'#'.repeat(16 * 1024)}` }],
  ])('of %s says what is wrong', async (_title, form) => {
    const { code, text } = await attempt(form)
    expect(code).toBe(422)
    expect(text).toContain('class="warning"')
  })
  it('of YAML with aliases is refused: a few of them can stand for gigabytes', async () => {
    const aliased = 'kind: AccessRequest\nspec:\n  ticket: &t a\n  reason: *t\n  rules: [{verbs: [get], resources: [pods]}]'
    const { code, text } = await attempt({ yaml: aliased })
    expect(code).toBe(422)
    expect(text).toContain('aliases')
  })
  it.each([
    ['keys that are maps', '? '.repeat(8000)],
    ['lists without an end', '['.repeat(16_000)],
    ['a key that comes twice', 'kind: AccessRequest\nspec: {}\nspec: {}'],
    ['several documents', `${yaml(600)}---\r\n${yaml(600)}`],
  ])('of YAML with %s is refused, and blocks nobody', async (_title, deep) => {
    const { code, text } = await attempt({ yaml: deep })
    expect(code).toBe(422)
    expect(text).toContain('the YAML cannot be read')
  })
  it('shows what was asked, and escapes all of it', async () => {
    const bad = '"><img src=x onerror=alert(1)>'
    const { text } = await attempt({ verb: bad, resource: bad, namespace: bad, name: bad, user: bad, groups: `</textarea>${bad}` })
    expect(text).not.toContain('<img')
    expect(text).not.toContain('</textarea>&quot;')
    expect(text).toContain('value="&quot;&gt;&lt;img')
  })
  it('keeps what was written for the next one, also what nobody sees', async () => {
    const field = await attempt({ verb: 'get', resource: 'pods', name: 'a\u200db', groups: 'c\u200dd' })
    expect(field.text).toContain('value="a\u200db"')
    expect(field.text).toContain('>c\u200dd</textarea>')
    const whole = await attempt({ yaml: `${yaml(600)}  reason: "a\u200db\t"` })
    expect(whole.text).toContain('reason: &quot;a\u200db\t&quot;</textarea>')
  })
  it('of a form of another site does nothing', async () => {
    const { code } = await alice.post(`${fixture.url}/policies/agents/try`, { csrf: 'x', verb: 'get', resource: 'pods' })
    expect(code).toBe(403)
  })
})
