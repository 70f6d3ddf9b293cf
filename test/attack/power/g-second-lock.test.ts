import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { kubectl, mintToken, uniqueName } from '../../cluster/environment.ts'
import { policy } from '../../domain/builders.ts'
import { request, review, serve, fixture } from '../../webhook/admission-requests.ts'
import { until } from '../../until.ts'
import { openHarness, type Harness } from '../harness.ts'
import { rawClient } from '../oracles/raw-client.ts'
import { doorOf, exchange } from '../oracles/raw-exchange.ts'

/** G. The webhook and the aggregated API server: requests that bypass kube-apiserver, and what admission sees. */
let harness: Harness
beforeAll(async () => void (harness = await openHarness('attack-g')))
afterAll(() => harness.finish())
const MERGE = 'application/merge-patch+json'
const JIT = '/apis/jit.access/v1'

type Discovered = {
  readonly groupVersion: string
  readonly resources: readonly { readonly name: string; readonly namespaced: boolean; readonly verbs: readonly string[] }[]
}
async function discovered(): Promise<readonly Discovered[]> {
  const { groups } = await harness.admin.json<{ readonly groups: readonly { readonly preferredVersion: { readonly groupVersion: string } }[] }>({
    method: 'GET',
    path: '/apis',
  })
  const paths = ['/api/v1', ...groups.map(({ preferredVersion }) => `/apis/${preferredVersion.groupVersion}`)]
  return Promise.all(paths.map((path) => harness.admin.json<Discovered>({ method: 'GET', path })))
}

/** Sends bytes directly to one of our servers, without a certificate of kube-apiserver. */
async function straight(url: string, bytes: string): Promise<{ readonly status: number; readonly text: string }> {
  const { host, port } = doorOf(url, '')
  const ca = await kubectl('admin', ['-n', 'jit-system', 'get', 'secret', '-o', 'json'])
  const { items } = JSON.parse(ca.stdout) as { readonly items: readonly { readonly data?: { readonly [key: string]: string } }[] }
  const roots = items.flatMap(({ data }) => (data?.['ca.crt'] === undefined ? [] : [Buffer.from(data['ca.crt'], 'base64').toString()]))
  for (const root of roots)
    try {
      return await exchange({ host, port, ca: root }, bytes)
    } catch {
      // a root that did not sign their certificates
    }
  return { status: 0, text: '' }
}

describe('G. past kube-apiserver', () => {
  it('G02 the webhook ignores a review that a pod sends', async () => {
    const body = JSON.stringify(review(request('CREATE v1 configmaps shop/x')))
    const answer = await straight(
      harness.environment.webhook.url,
      `POST /validate HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    )
    // Either the handshake or the server ends the connection; nothing is read in both cases.
    expect([0, 400, 401, 403]).toContain(answer.status)
    expect(answer.text).not.toContain('allowed')
  })
  it('G13 B05 the aggregated server ignores X-Remote-User without the front proxy’s certificate', async () => {
    const identity = 'X-Remote-User: system:admin\r\nX-Remote-Group: system:masters\r\nX-Remote-Extra-jit.access%2Fhold: file\r\n'
    for (const path of [`${JIT}/accessgrants`, JIT, `${JIT}/accessrequests?watch=1`, '/openapi/v3']) {
      const answer = await straight(
        harness.environment.apiserver.url,
        `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${identity}Connection: close\r\n\r\n`,
      )
      expect(answer.status, path).toBe(401)
      expect(answer.text).not.toMatch(/accessgrants|items/i)
    }
  })
  it('G14 the webhook requires a grant of an agent that has permissions by mistake and goes directly to kube-apiserver', async () => {
    const binding = uniqueName('mistake')
    const bound = await kubectl('admin', ['-n', harness.namespace, 'create', 'rolebinding', binding, '--clusterrole=admin', '--user=oidc:agent'])
    expect(bound.code, bound.stderr).toBe(0)
    const direct = (...args: readonly string[]) => kubectl('agentDirect', ['-n', harness.namespace, ...args])
    await until('RBAC allows it', async () => (await direct('auth', 'can-i', 'create', 'configmaps')).code === 0)
    const created = await direct('create', 'configmap', 'mistake')
    expect(created.code).not.toBe(0)
    expect(created.stderr).toMatch(/governed[.]jit[.]access.*denied/)
    expect(created.stderr).toContain('kubectl create accessrequest')
    // A request that a grant covers passes on the same path, once.
    await harness.grant({ maxUses: 1, rules: [{ verbs: ['create'], resources: ['configmaps'], namespaces: [harness.namespace] }] })
    expect((await direct('create', 'configmap', 'granted')).code).toBe(0)
    expect((await direct('create', 'configmap', 'again')).code).not.toBe(0)
    await kubectl('admin', ['-n', harness.namespace, 'delete', 'rolebinding', binding])
  })
  it('G09 a grant that a client names in extras is refused by the gateway and by kube-apiserver', async () => {
    const grant = await harness.grant({
      rules: [{ verbs: ['patch'], resources: ['configmaps'], namespaces: [harness.namespace], resourceNames: ['other'] }],
    })
    for (const header of [`Impersonate-Extra-jit.access%2Fgrant: ${grant}`, `impersonate-extra-JIT.ACCESS%2fgrant: ${grant}`]) {
      const answer = await harness.json(`PATCH ${harness.in('configmaps/copy')}`, {}, { type: MERGE, headers: [header] })
      expect(answer.status).toBe(403)
      harness.unseen(answer)
    }
    const claims = JSON.stringify({ 'jit.access/grant': grant, extra: { 'jit.access/grant': [grant] } })
    const token = await mintToken({ user: 'agent', audience: 'jit-gateway', claims })
    const answer = await harness.json(`PATCH ${harness.in('configmaps/copy')}`, {}, { type: MERGE, token })
    expect(answer.status).toBe(403)
    harness.unseen(answer)
  })
})

describe('G. what admission sees', () => {
  it('G04 the gateway refuses every subresource in discovery without a grant', async () => {
    const named = (await discovered()).flatMap(({ groupVersion, resources }) =>
      resources.filter(({ name, verbs }) => name.includes('/') && verbs.some((verb) => verb !== 'get')).map((each) => ({ groupVersion, ...each })),
    )
    const tries = named.flatMap(({ groupVersion, name, namespaced }) => {
      const [plural = '', subresource = ''] = name.split('/')
      const base = groupVersion === 'v1' ? '/api/v1' : `/apis/${groupVersion}`
      const path = `${base}/${namespaced ? `namespaces/${harness.namespace}/` : ''}${plural}/any/${subresource}`
      return ['POST', 'PUT', 'PATCH', 'DELETE'].map((method) => ({
        line: `${method} ${path}`,
        name,
        type: method === 'PATCH' ? MERGE : 'application/json',
      }))
    })
    expect(tries.length).toBeGreaterThan(100)
    const attempt = async ({ line, name, type }: (typeof tries)[number]): Promise<void> => {
      const answer = await harness.heldOrAnswered(line, { type, body: '{}' })
      // A held operation is first sent as a dry run, to show it to approvers; this pod does not exist.
      if (name === 'pods/ephemeralcontainers' && answer.status === 404) return
      // Agents may withdraw their own requests, and transfer and give up their own grants. There is none of this name.
      const own = ['POST accessrequests/withdrawal', 'POST accessgrants/transfer', 'PUT accessgrants/revocation']
      if (own.includes(`${line.split(' ')[0]} ${name}`) && answer.status === 404) return
      // The sample policy also holds deletions of subresources of Deployments; upstream has no such method.
      if (line.startsWith('DELETE /apis/apps/v1/') && answer.status === 405) return
      expect([0, 400, 403], line).toContain(answer.status)
      harness.unseen(answer)
    }
    for (let at = 0; at < tries.length; at += 16) await Promise.all(tries.slice(at, at + 16).map(attempt))
  })
  it('G06 a namespace that is created and labelled like another gets none of its grants', async () => {
    const twin = uniqueName('twin')
    await harness.grant({ rules: [{ verbs: ['create', 'delete'], resources: ['configmaps'], namespaces: [harness.namespace] }] })
    const labels = { 'kubernetes.io/metadata.name': twin, team: harness.namespace }
    await harness.admin.json({
      method: 'POST',
      path: '/api/v1/namespaces',
      body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: twin, labels } },
    })
    const answer = await harness.json(`POST /api/v1/namespaces/${twin}/configmaps`, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' } })
    expect(answer.status).toBe(403)
    harness.unseen(answer)
    const inside = await harness.json(`POST /api/v1/namespaces/${twin}/configmaps`, { metadata: { name: 'x', namespace: harness.namespace } })
    expect(inside.status).toBe(403)
    await harness.admin.json({ method: 'DELETE', path: `/api/v1/namespaces/${twin}` })
  })
  it('G07 a dry run takes no use of a grant and files no request', async () => {
    await harness.grant({
      maxUses: 1,
      rules: [{ verbs: ['patch'], resources: ['configmaps'], namespaces: [harness.namespace], resourceNames: ['copy'] }],
    })
    const patch = (query: string) =>
      harness.json(`PATCH ${harness.in('configmaps/copy')}${query}`, { metadata: { labels: { a: 'b' } } }, { type: MERGE })
    for (let round = 0; round < 3; round++) expect((await patch('?dryRun=All')).status).toBe(200)
    expect((await patch('')).status).toBe(200)
    expect((await patch('')).status).toBe(403)
  })
  it('G03 reviews that are large, deeply nested, empty or of another type get 4xx', async () => {
    const served = await serve(fixture([policy('agents')]))
    const post = (body: string, type = 'application/json') => fetch(served.url, { method: 'POST', body, headers: { 'content-type': type } })
    const nested = JSON.stringify(review(request('CREATE v1 configmaps shop/x', { object: 'HERE' }))).replace(
      '"HERE"',
      `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`,
    )
    expect((await post(nested)).status).toBeLessThan(500)
    expect((await post('['.repeat(3_000_000))).status).toBe(400)
    expect((await post(`{"a":"${'a'.repeat(17 * 1024 * 1024)}"}`).catch(() => ({ status: 413 }))).status).toBe(413)
    expect((await post('{}', 'application/yaml')).status).toBe(415)
    expect((await post('')).status).toBe(400)
    served.close()
  })
  it('X70 slow endless bodies do not fill the webhook, and it still answers kube-apiserver', async () => {
    const served = await serve(fixture([policy('agents')]))
    const port = Number(new URL(served.url).port)
    const part = Buffer.alloc(15 * 1024 * 1024, 'a')
    const clients = Array.from({ length: 6 }, () => rawClient({ host: '127.0.0.1', port, ca: '' }))
    for (const client of clients) {
      client.send(`POST /validate HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: ${16 * 1024 * 1024}\r\n\r\n`)
      client.send(part)
    }
    const refused = (): number => clients.filter(({ text }) => text().includes(' 429 ')).length
    await until('what is too much is refused', () => refused() >= 2)
    const body = JSON.stringify(review(request('CREATE v1 configmaps shop/x')))
    const post = () => fetch(served.url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
    expect((await post()).status).toBe(200)
    for (const client of clients) client.leave()
    await until('there is room again', async () => (await post()).status === 200)
    served.close()
  })
  it('G08 reviews with an invented old object or an object being deleted are judged like any other', async () => {
    const served = await serve(fixture([policy('agents')]))
    const going = { metadata: { name: 'x', deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: ['a'] } }
    for (const line of ['CREATE v1 configmaps shop/x', 'UPDATE v1 configmaps shop/x', 'DELETE v1 configmaps shop/x'])
      for (const more of [
        { object: going },
        { oldObject: going, object: going },
        { oldObject: null },
        { oldObject: { metadata: { labels: { 'jit.access/exempt': 'true' } } } },
        { options: { dryRun: ['All'] } },
      ]) {
        const answer = await fetch(served.url, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(review(request(line, more))),
        })
        expect(await answer.json()).toMatchObject({ response: { allowed: false } })
      }
    served.close()
  })
})

describe('G. uses of a grant', () => {
  it('G10 X34 of a hundred requests at once on one use, one passes', async () => {
    await harness.grant({
      maxUses: 1,
      rules: [{ verbs: ['patch'], apiGroups: ['policy'], resources: ['poddisruptionbudgets'], namespaces: [harness.namespace] }],
    })
    const line = `PATCH ${harness.in('poddisruptionbudgets/none', 'policy/v1')}`
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => harness.json(line, { metadata: { labels: { a: 'b' } } }, { type: MERGE, retry: false })),
    )
    // The object does not exist upstream: 404 is the one that passed. A busy gateway may refuse with 429 or 503, which takes no use.
    expect(answers.filter(({ status }) => status === 404).length).toBeLessThanOrEqual(1)
    expect(answers.filter(({ status }) => [403, 429, 503].includes(status)).length).toBeGreaterThanOrEqual(99)
    const sent = await harness.books.auditedSoFar(answers.filter(({ status }) => status !== 404).map(({ auditID }) => auditID))
    expect(sent).toEqual([])
  })
})
