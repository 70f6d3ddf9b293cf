import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AccessRequest } from '../../../domain/api/access-request.ts'
import { put } from '../../apiserver/resources/served-api.ts'
import { hiddenField } from '../../../hack/browser/plain-browser.ts'
import { ALICE, startFixture, type Fixture } from '../console-fixture.ts'

let fixture: Fixture
beforeAll(async () => void (fixture = await startFixture({ spec: { requests: { maxPending: 100 } } })))
afterAll(() => fixture.close())

const page = (name: string): string => `${fixture.url}/requests/${name}`

describe('the inbox', () => {
  it('lists what waits for the user, with a link to each', async () => {
    const name = await fixture.ask({ reason: 'clean up' })
    const { text } = await (await fixture.signedIn()).open(`${fixture.url}/`)
    expect(text).toContain(`href="/requests/${name}"`)
    expect(text).toContain('delete pods')
  })
  it('shows others nothing of it', async () => {
    const name = await fixture.ask()
    const { text } = await (await fixture.signedIn({ username: 'oidc:bob', groups: [] })).open(`${fixture.url}/`)
    expect(text).toContain('Nothing waits for you.')
    expect(text).not.toContain(name)
  })
  it('keeps apart what waits for other groups', async () => {
    const groups = await startFixture({ spec: { approvals: { groups: [{ name: 'owners', subjects: [{ kind: 'User', name: 'oidc:olga' }] }] } } })
    try {
      const name = await groups.ask()
      const alice = await groups.signedIn()
      const inbox = await alice.open(`${groups.url}/`)
      expect(inbox.text).toContain('Nothing waits for you.')
      expect(inbox.text).toContain('For approvers of other groups')
      const { text } = await alice.open(`${groups.url}/requests/${name}`)
      expect(text).toContain('1 from owners of policy agents: User oidc:olga')
      expect(text).not.toContain(`/requests/${name}/approve`)
      expect(text).toContain(`/requests/${name}/deny`)
    } finally {
      await groups.close()
    }
  })
})

describe('a request', () => {
  it('shows what is asked for, its risk with the reason, and the forms', async () => {
    const name = await fixture.ask({ durationSeconds: 1800, maxUses: 3 })
    const { text } = await (await fixture.signedIn()).open(page(name))
    expect(text).toContain('Why its risk is')
    expect(text).toContain('it deletes what it cannot restore')
    expect(text).toContain('30m, 3 uses')
    expect(text).toMatch(/<option value="900">15m<\/option>\s*<\/select>/)
    expect(text).toContain('max="3"')
  })
  it('says that one approval of several gives nothing yet', async () => {
    const two = await startFixture({ spec: { approvals: { required: 2 } } })
    try {
      const name = await two.ask()
      const { text } = await (await two.signedIn()).open(`${two.url}/requests/${name}`)
      expect(text).toContain('Nothing is granted yet: 2 approvals are missing.')
    } finally {
      await two.close()
    }
  })
  it('that extends a grant says what stays, and offers less time alone', async () => {
    const extending: AccessRequest = {
      apiVersion: 'jit.access/v1',
      kind: 'AccessRequest',
      metadata: { name: 'extending', uid: 'u' },
      spec: {
        requester: { username: 'oidc:agent' },
        policy: 'agents',
        durationSeconds: 600,
        extends: 'g-1',
        rules: [{ verbs: ['get'], resources: ['pods'] }],
      },
      status: { expiresAt: '2036-11-25T12:30:00Z', policies: ['agents'] },
    }
    await put(fixture.api.store, 'accessrequests', extending)
    const { text } = await (await fixture.signedIn()).open(page('extending'))
    expect(text).toContain('Then grant g-1 ends 10m after the approval; what it gives, and its uses, stay.')
    expect(text).toContain('name="duration"')
    expect(text).not.toContain('name="uses"')
  })
  it('that does not exist, or is not the name of an object, is not found', async () => {
    const alice = await fixture.signedIn()
    expect((await alice.open(page('absent'))).code).toBe(404)
    const calls = fixture.seen.length
    for (const name of ['..%2f..%2fapi', 'A', '%00', 'a%20b']) expect((await alice.once(page(name))).code).toBe(404)
    expect(fixture.seen.slice(calls)).toEqual([])
  })
})

/** Texts that would be markup, an attribute, a link or another line, if one place did not escape them. */
const INJECTIONS = [
  `<script>alert(1)</script>`,
  `"><img src=x onerror=alert(1)>`,
  `'onmouseover='alert(1)`,
  `</textarea></pre></q></title><svg/onload=alert(1)>`,
  `javascript:alert(1)`,
  `{{7*7}}\${7*7}`,
  `&lt;b&gt;&#x3c;b>`,
]
const TAGS =
  /^(a|b|body|button|code|dd|div|dl|doctype|dt|form|h[123]|head|header|html|input|label|li|link|main|meta|nav|ol|option|p|pre|q|section|select|small|span|time|title|ul)$/

/** Scripts that pages name themselves. */
const OWN_SCRIPT = /<script type="module" src="\/assets\/[\w-]{16}\/[a-z-]+\.js"><\/script>/g

/** What a page is made of besides text: names of tags, and of their attributes. A `<` that begins no tag is reported as one. */
function markupIn(text: string): { readonly tags: readonly string[]; readonly attributes: readonly string[] } {
  const tags: string[] = []
  const attributes: string[] = []
  for (const [, after = ''] of text.matchAll(/<([^<]*)/g)) {
    const [, name, inside] = /^[/!]?([a-z0-9]+)((?:\s+[a-z-]+(?:="[^"]*")?)*)\s*\/?>/.exec(after) ?? []
    tags.push(name ?? `<${after}`)
    for (const [, attribute = ''] of (inside ?? '').matchAll(/\s([a-z-]+)(?:="[^"]*")?/g)) attributes.push(attribute)
  }
  return { tags, attributes }
}

it.each(INJECTIONS)('%j in every field that an agent controls stays text', async (evil) => {
  const hidden = `${evil}\u202etxt\u200b`
  const name = `evil-${INJECTIONS.indexOf(evil)}`
  // Written to the store directly: the server refuses much of it, and the page relies on nothing of that.
  const request: AccessRequest = {
    apiVersion: 'jit.access/v1',
    kind: 'AccessRequest',
    metadata: { name, uid: 'u', creationTimestamp: hidden },
    spec: {
      requester: {
        username: hidden,
        groups: [hidden],
        extra: { 'jit.access/issuer': [hidden], 'jit.access/session': [hidden], 'jit.access/groups': [hidden] },
      },
      policy: 'agents',
      rules: [{ verbs: [hidden], apiGroups: [hidden], resources: [hidden], namespaces: [hidden], resourceNames: [hidden], gains: [hidden] }],
      reveal: [{ namespace: hidden, secret: hidden, keys: [hidden] }],
      reason: hidden,
      ticket: hidden,
      cluster: hidden,
      extends: hidden,
      notBefore: hidden,
      agent: { name: hidden, model: hidden, session: hidden, task: hidden },
      operation: {
        method: hidden,
        path: hidden,
        digest: 'a',
        summary: hidden,
        diff: `+${hidden}\n-${hidden}`,
        body: hidden,
        dryRunMessage: hidden,
        targets: [{ namespace: hidden, name: hidden, uid: hidden }],
        cut: { addedLines: 1 },
      },
    },
    status: {
      expiresAt: '2036-11-25T12:30:00Z',
      policies: ['agents'],
      reviews: [{ reviewer: { username: hidden }, decision: 'Approved', time: hidden, message: hidden, lapsed: true }],
      approvals: {
        required: 1,
        given: 0,
        message: hidden,
        missing: [{ count: 1, policy: hidden, groups: [hidden], subjects: [{ kind: 'User', name: ALICE.username }] }],
      },
    },
  }
  await put(fixture.api.store, 'accessrequests', request)
  const alice = await fixture.signedIn()
  for (const path of ['/', `/requests/${name}`]) {
    const { code, text } = await alice.open(`${fixture.url}${path}`)
    expect(code).toBe(200)
    const { tags, attributes } = markupIn(text.replaceAll(OWN_SCRIPT, ''))
    expect(tags.filter((tag) => !TAGS.test(tag))).toEqual([])
    expect(attributes.filter((attribute) => /^on|^style$|^src/.test(attribute))).toEqual([])
    expect(text).not.toMatch(/[\u202e\u200b]/)
    expect(text).toContain('\\u{202e}')
    expect(text.match(/<form/g)?.length).toBe(path === '/' ? 1 : 3)
    // Every link and form leads to a page of the console.
    for (const [, target = ''] of text.matchAll(/(?:href|action)="([^"]*)"/g)) expect(target).toMatch(/^(\/|#main)/)
  }
  const { text } = await alice.open(page(name))
  expect(text).toContain('name="unseen" value="yes" required')
  expect(hiddenField({ text }, 'seen')).toMatch(/^[\w-]{43}$/)
})

describe('every response', () => {
  it.each([
    ['a page', '/'],
    ['a redirect', '/sign-in'],
    ['an error', '/nothing'],
    ['the end of a sign-in', '/sign-in/callback?code=x'],
    ['signed out', '/signed-out'],
  ])('forbids inline scripts, frames, storing and sniffing: %s', async (_title, path) => {
    const { headers } = await (await fixture.signedIn()).once(`${fixture.url}${path}`)
    expect(headers.get('content-security-policy')).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; require-trusted-types-for 'script'; trusted-types jit-access",
    )
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('x-frame-options')).toBe('DENY')
    expect(headers.get('referrer-policy')).toBe('same-origin')
    expect(headers.get('x-powered-by')).toBeNull()
  })
  it('serves the one stylesheet to everybody', async () => {
    const { code, headers, text } = await fixture.browser().once(`${fixture.url}/style.css`)
    expect([code, headers.get('content-type')]).toEqual([200, 'text/css; charset=utf-8'])
    expect(text).toContain('prefers-color-scheme: dark')
  })
})

it('an error of the cluster says nothing about it, and does not count as a refusal', async () => {
  const alice = await fixture.signedIn({ username: 'oidc:alice', groups: [] })
  fixture.api.rights = () => {
    throw new Error('canary-of-the-store')
  }
  const { code, text } = await alice.open(`${fixture.url}/`)
  expect(code).toBeGreaterThanOrEqual(500)
  expect(text).not.toContain('canary')
})
