import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AccessGrant } from '../../../../domain/api/access-grant.ts'
import type { AccessRequest } from '../../../../domain/api/access-request.ts'
import { checkedBoxes, hiddenField, type Browser, type Fields } from '../../../../hack/browser/plain-browser.ts'
import { AGENT, startFixture, type Fixture } from '../../console-fixture.ts'

let fixture: Fixture
beforeEach(async () => void (fixture = await startFixture()))
afterEach(() => fixture.close())

const RULES = [
  { verbs: ['delete', 'patch'], resources: ['pods'], namespaces: ['shop', 'bank'], resourceNames: ['a', 'b'] },
  { verbs: ['patch'], apiGroups: ['apps'], resources: ['deployments'], namespaces: ['shop'], resourceNames: ['web'] },
]
const stored = async (name: string): Promise<AccessRequest> =>
  (await fixture.api.send(AGENT, `GET accessrequests/${name}`)).body as unknown as AccessRequest
const grantOf = async (name: string): Promise<AccessGrant> => {
  const grant = (await stored(name)).status?.grantName ?? ''
  return (await fixture.api.send(AGENT, `GET accessgrants/${grant}`)).body as unknown as AccessGrant
}
const rulesOf = async (name: string): Promise<AccessGrant['spec']['rules']> => (await grantOf(name)).spec.rules

/** Approves in a browser, with some boxes unchecked. Returns the code. */
async function approve(
  alice: Browser,
  name: string,
  { unchecked, more = [] }: { readonly unchecked: Fields; readonly more?: Fields },
): Promise<number> {
  const page = await alice.open(`${fixture.url}/requests/${name}`)
  const hidden = ['csrf', 'seen', 'offered'].map((field) => [field, hiddenField(page, field)] as const)
  const boxes = checkedBoxes(page.text).filter(([field, value]) => !unchecked.some(([one, other]) => one === field && other === value))
  return (await alice.send(`${fixture.url}/requests/${name}/approve`, [...hidden, ...boxes, ...more])).code
}

describe('an approval of a part', () => {
  it('gives everything when every box stays checked, and narrows nothing', async () => {
    const name = await fixture.ask({ rules: RULES })
    expect(await approve(await fixture.signedIn(), name, { unchecked: [] })).toBe(303)
    expect((await stored(name)).status?.narrowed).toBeUndefined()
    expect(await rulesOf(name)).toMatchObject(RULES)
  })
  it('leaves out a namespace, a verb and a name', async () => {
    const name = await fixture.ask({ rules: RULES })
    const unchecked = [
      ['namespaces', 'bank'],
      ['verbs', 'delete'],
      ['resourceNames', 'b'],
    ] as const
    expect(await approve(await fixture.signedIn(), name, { unchecked })).toBe(303)
    expect(await rulesOf(name)).toMatchObject([
      { verbs: ['patch'], resources: ['pods'], namespaces: ['shop'], resourceNames: ['a'] },
      { verbs: ['patch'], resources: ['deployments'], namespaces: ['shop'], resourceNames: ['web'] },
    ])
  })
  it('leaves out a rule', async () => {
    const name = await fixture.ask({ rules: RULES })
    expect(await approve(await fixture.signedIn(), name, { unchecked: [['rule', '0']] })).toBe(303)
    expect(await rulesOf(name)).toMatchObject([RULES[1]])
  })
  it('leaves out a key of a Secret', async () => {
    const reveal = [{ namespace: 'shop', secret: 'db', keys: ['user', 'password'] }]
    const name = await fixture.ask({ rules: RULES, reveal })
    expect(await approve(await fixture.signedIn(), name, { unchecked: [['reveal', '0/password']] })).toBe(303)
    expect((await grantOf(name)).spec).toMatchObject({ rules: RULES, reveal: [{ namespace: 'shop', secret: 'db', keys: ['user'] }] })
  })
  it('reveals nothing when no key stays checked, and what is made up stays out', async () => {
    const name = await fixture.ask({ rules: RULES, reveal: [{ namespace: 'shop', secret: 'db', keys: ['password'] }] })
    const more = [
      ['reveal', '1/password'],
      ['reveal', '0/token'],
    ] as const
    expect(await approve(await fixture.signedIn(), name, { unchecked: [['reveal', '0/password']], more })).toBe(303)
    expect((await grantOf(name)).spec).toMatchObject({ rules: RULES, reveal: [] })
  })
  it('with nothing checked gives nothing, and the request stays open', async () => {
    const name = await fixture.ask({ rules: RULES })
    const unchecked = [...new Set(RULES.flatMap(({ verbs }) => verbs))].map((verb) => ['verbs', verb] as const)
    expect(await approve(await fixture.signedIn(), name, { unchecked })).toBe(422)
    expect((await stored(name)).status?.phase).toBe('Pending')
  })
  it('cannot add what was not asked for', async () => {
    const name = await fixture.ask({ rules: RULES })
    const more = [
      ['verbs', '*'],
      ['namespaces', 'kube-system'],
      ['resources', 'secrets'],
      ['rule', '7'],
    ] as const
    expect(await approve(await fixture.signedIn(), name, { unchecked: [['namespaces', 'bank']], more })).toBe(303)
    expect(await rulesOf(name)).toMatchObject([{ namespaces: ['shop'], verbs: RULES[0]?.verbs }, RULES[1]])
  })
  it('is not offered where there is nothing to choose', async () => {
    const name = await fixture.ask()
    expect((await (await fixture.signedIn()).open(`${fixture.url}/requests/${name}`)).text).not.toContain('Approve only a part')
  })
})
