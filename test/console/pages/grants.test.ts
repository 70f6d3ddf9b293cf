import { afterAll, beforeAll, expect, it } from 'vitest'
import type { AccessGrant } from '../../../domain/api/access-grant.ts'
import { hiddenFields } from '../../../hack/browser/plain-browser.ts'
import { put } from '../../apiserver/resources/served-api.ts'
import { startFixture, type Fixture } from '../console-fixture.ts'

let fixture: Fixture
const SOON = '2036-11-25T12:30:00Z'
const grant = (name: string, spec: Partial<AccessGrant['spec']>, status: AccessGrant['status'] = {}): AccessGrant => ({
  apiVersion: 'jit.access/v1',
  kind: 'AccessGrant',
  metadata: { name, uid: `uid-${name}` },
  spec: {
    requestName: `r-${name}`,
    policy: 'agents',
    subject: { username: 'oidc:agent' },
    rules: [{ verbs: ['get'], resources: ['pods'] }],
    notBefore: '2026-01-01T00:00:00Z',
    expiresAt: SOON,
    ...spec,
  },
  status,
})

it('after a revocation the same grants are shown, with what the server says of the one that ended', async () => {
  fixture.api.rights = (_who, { verb }) => verb === 'view' || verb === 'certify'
  await put(fixture.api.store, 'accessgrants', grant('wrong', {}))
  const alice = await fixture.signedIn()
  const shown = await alice.open(`${fixture.url}/grants?subject=oidc:agent&policy=agents`)
  const form = { ...Object.fromEntries(hiddenFields(shown.text)), reason: 'wrong pod' }
  const after = await alice.post(`${fixture.url}/grants/wrong/revoke`, form)
  expect(after.url).toBe(`${fixture.url}/grants?subject=oidc%3Aagent&policy=agents&ended=wrong#ended`)
  expect(after.text).toMatch(/id="ended" role="status" tabindex="-1">Grant wrong was revoked by oidc:alice: wrong pod\.</)
  // A link cannot say so of a grant that lives.
  for (const name of ['plain', 'none', '../x']) expect((await alice.open(`${fixture.url}/grants?ended=${name}`)).text).not.toContain('role="status"')
})

it('the search begins empty', async () => {
  const { text } = await (await fixture.signedIn()).open(`${fixture.url}/grants`)
  for (const field of ['subject', 'policy']) expect(text).toContain(`name="${field}" value=""`)
})

beforeAll(async () => {
  fixture = await startFixture()
  fixture.api.rights = (_who, { verb }) => verb === 'view'
  const lastUsed = new Date().toISOString()
  const grants = [
    grant('plain', {}),
    grant('idle', { idleSeconds: 3600 }, { lastUsed }),
    grant('part', {
      subject: { username: 'oidc:helper, the=second' },
      policy: 'helpers',
      transferredFrom: [{ grantName: 'plain', grantUID: 'uid-plain', username: 'oidc:agent' }],
    }),
    grant('extended', {}, { extensions: [{ requestName: 'r-more', time: lastUsed, expiresAt: SOON }] }),
    grant('over', { expiresAt: '2026-01-02T00:00:00Z' }),
  ]
  for (const each of grants) await put(fixture.api.store, 'accessgrants', each)
})
afterAll(() => fixture.close())

const shown = async (query: string): Promise<string> => (await (await fixture.signedIn()).open(`${fixture.url}/grants${query}`)).text
const names = (text: string): readonly string[] => [...text.matchAll(/<li class="card" id="([^"]+)"/g)].map(([, name = '']) => name)

it('shows live grants, those that end first at the top', async () => {
  const text = await shown('')
  expect(names(text)[0]).toBe('idle')
  expect(names(text).toSorted()).toEqual(['extended', 'idle', 'part', 'plain'])
})
it('shows those of one identity or policy', async () => {
  expect(names(await shown(`?subject=${encodeURIComponent('oidc:helper, the=second')}`))).toEqual(['part'])
  expect(names(await shown('?policy=helpers'))).toEqual(['part'])
  expect(names(await shown('?policy=helpers&subject=oidc:agent'))).toEqual([])
  expect(await shown('?subject=%22%3E%3Cb%3E')).toContain('value="&quot;&gt;&lt;b&gt;"')
})
it('says when a grant ends because nobody uses it, what it is a part of, and what extended it', async () => {
  const text = await shown('')
  expect(text).toMatch(/in (59m|1h)[^<]*<\/time>\s*if it is not used before/)
  expect(text).toContain('plain of oidc:agent')
  expect(text).toContain('href="/requests/r-more"')
})
