import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openHarness, type Harness, type Attack } from '../harness.ts'
import type { Answer } from '../oracles/raw-exchange.ts'

/** C. Path, query, verb: ambiguous requests are refused, all others are read as kube-apiserver reads them. */
let harness: Harness
beforeAll(async () => void (harness = await openHarness('attack-c')))
afterAll(() => harness.finish())

async function refused(line: string, codes: readonly number[], attack: Attack = {}): Promise<Answer> {
  const answer = await harness.send(line, attack)
  expect(codes, line).toContain(answer.status)
  harness.unseen(answer)
  return answer
}
const bad = (target: string): Promise<Answer> => refused(`GET ${target}`, [400])

/** How kube-apiserver read a request, from its audit event. */
async function readAs(answer: Answer): Promise<string> {
  const [event] = await harness.seen(answer)
  const { verb, objectRef = {} } = event ?? { verb: 'nothing' }
  return `${verb} ${objectRef.apiGroup ?? ''}/${objectRef.resource ?? ''}/${objectRef.subresource ?? ''} ${objectRef.name ?? ''}`
}

describe('C. path, query, verb', () => {
  it('C01 double and trailing slashes get 400', async () => {
    for (const target of [
      '//api/v1/secrets',
      '/api//v1/secrets',
      '/api/v1//secrets',
      '/api/v1/secrets/',
      `${harness.in('secrets')}/`,
      '/api/v1/secrets//',
    ])
      await bad(target)
  })
  it('C02 dot segments in any spelling get 400', async () => {
    for (const segment of ['.', '..', '%2e', '%2e%2e', '.%2E', '..;', ';x'])
      await bad(`/api/v1/namespaces/${harness.namespace}/pods/${segment}/secrets/db`)
    // Here and upstream an escaped semicolon is part of a name; no subresource has that name.
    await refused(`GET /api/v1/namespaces/${harness.namespace}/pods/..%3b/secrets/db`, [400, 403])
    await bad(`/api/v1/namespaces/${harness.namespace}/configmaps/../secrets/db`)
  })
  it('C03 escaped slashes, backslashes, NUL, invalid UTF-8 and double escapes get 400', async () => {
    for (const escape of ['%2f', '%2F', '%252f', '%5c', '\\', '%00', '%ff', '%c0%af', '%zz', '%', '%0a', '%0d%0aX:1', '%e2%80%ae'])
      await bad(`/api/v1/namespaces/${harness.namespace}/configmaps${escape}x`)
  })
  it('C04 /API/V1/Secrets is not a resource and is refused', async () => {
    await refused('GET /API/V1/Secrets', [403, 404])
    await refused('GET /Api/v1/secrets', [403, 404])
    // The gateway's credential may not access an unknown resource either.
    expect([403, 404, 500]).toContain((await harness.send('GET /api/v1/Secrets')).status)
  })
  it('C06 /api/v1/watch/… has the verb watch and is masked', async () => {
    for (const target of [`/api/v1/watch/namespaces/${harness.namespace}/secrets`, `/api/v1/watch/namespaces/${harness.namespace}/secrets/db`]) {
      const answer = await harness.send(`GET ${target}?timeoutSeconds=1`)
      expect(answer.status).toBe(200)
      expect(answer.text).toContain('"type":"ADDED"')
      expect(await readAs(answer)).toMatch(/^watch \/secrets\//)
    }
    for (const method of ['DELETE', 'POST', 'PUT', 'PATCH'])
      await refused(`${method} /api/v1/watch/namespaces/${harness.namespace}/secrets/db`, [400, 403])
  })
  it('C07 /api/v1/proxy/… is refused', async () => {
    for (const target of [
      '/api/v1/proxy/nodes/node-1/pods',
      '/api/v1/proxy/namespaces/kube-system/services/https:x:443/',
      '/api/v1/redirect/nodes/x',
    ])
      await refused(`GET ${target}`, [400, 403])
  })
  it('C08 fieldSelector=metadata.name names the object, as upstream reads it', async () => {
    const answer = await harness.send(`GET ${harness.in('secrets')}?fieldSelector=metadata.name%3Ddb`)
    expect(answer.status).toBe(200)
    expect(await readAs(answer)).toBe('list /secrets/ db')
    await bad(`${harness.in('secrets')}?fieldSelector=metadata.name%3Ddb&fieldSelector=metadata.name%3Dtls`)
    await bad(`${harness.in('secrets')}?fieldSelector=metadata.name%3Ddb&labelSelector=%3D%3D%3D`)
  })
  it('C10 secrets of another group or version do not exist, or are typed by their group', async () => {
    for (const target of [
      `/apis/apps/v1/namespaces/${harness.namespace}/secrets/db`,
      `/api/v2/namespaces/${harness.namespace}/secrets/db`,
      `/apis/v1/namespaces/${harness.namespace}/secrets/db`,
    ]) {
      const answer = await harness.send(`GET ${target}`)
      expect([400, 403, 404]).toContain(answer.status)
    }
  })
  it('C11 HEAD is a get; OPTIONS and unknown methods get 405', async () => {
    const head = await harness.send(`HEAD ${harness.in('secrets/db')}`)
    expect(head.body).toHaveLength(0)
    for (const method of ['OPTIONS', 'PROPFIND', 'SEARCH', 'LINK']) await refused(`${method} ${harness.in('secrets/db')}`, [400, 405])
    await refused(`FOO ${harness.in('secrets/db')}`, [0, 400])
  })
  it('C12 DELETE without a name is a deletecollection and needs a separate approval', async () => {
    await harness.grant({ rules: [{ verbs: ['delete'], resources: ['configmaps'], namespaces: [harness.namespace] }] })
    const answer = await harness.heldOrAnswered(`DELETE ${harness.in('configmaps')}`)
    expect([0, 403]).toContain(answer.status)
    const { items } = await harness.admin.json<{ readonly items: readonly unknown[] }>({ method: 'GET', path: harness.in('configmaps') })
    expect(items.length).toBeGreaterThan(0)
  })
  it('C13 /metrics, /logs, /debug and the like are refused; discovery is allowed', async () => {
    for (const path of [
      '/metrics',
      '/logs',
      '/logs/kube-apiserver.log',
      '/debug/pprof',
      '/debug/pprof/heap',
      '/debug/flags/v',
      '/configz',
      '/flagz',
      '/statusz',
      '/',
      '/metrics/slis',
      '/debug/api_priority_and_fairness/dump_requests',
    ])
      await refused(`GET ${path}`, [403])
    for (const path of ['/api', '/apis', '/version', '/openapi/v2', '/healthz']) expect((await harness.send(`GET ${path}`)).status).toBe(200)
    await refused('POST /api', [403])
    await refused('GET /healthz/../metrics', [400])
  })
  it('C14 every page of limit and continue is masked; a stale token is reported', async () => {
    let token = ''
    for (let page = 0; page < 10; page++) {
      const answer = await harness.send(`GET ${harness.in('secrets')}?limit=1&continue=${encodeURIComponent(token)}`)
      expect(answer.status).toBe(200)
      token = (JSON.parse(answer.text) as { readonly metadata: { readonly continue?: string } }).metadata.continue ?? ''
      if (token === '') break
    }
    const bent = await harness.send(`GET ${harness.in('secrets')}?limit=1&continue=eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6MSwic3RhcnQiOiIuLi8ifQ`)
    expect([400, 410]).toContain(bent.status)
  })
  it('C15 WatchList and bookmarks are masked frame by frame', async () => {
    const query = 'watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&timeoutSeconds=1'
    const answer = await harness.send(`GET ${harness.in('secrets')}?${query}`)
    expect(answer.status).toBe(200)
    expect(answer.text).toContain('BOOKMARK')
    expect(answer.text).toContain('"type":"ADDED"')
  })
  it('C17 dryRun does not turn a write into a harmless read', async () => {
    const name = 'configmaps/copy'
    for (const query of ['dryRun=All', 'dryRun=all', 'dryRun=', 'dryRun=All&dryRun=All'])
      await refused(`PUT ${harness.in(name)}?${query}`, [400, 403], { type: 'application/json', body: '{}' })
    await refused(`POST ${harness.in('pods/web/eviction')}?dryRun=All`, [403], { type: 'application/json', body: '{}' })
    await refused(`POST ${harness.in('serviceaccounts/default/token')}?dryRun=All`, [403], { type: 'application/json', body: '{}' })
    await refused(`POST ${harness.in('pods/web/exec')}?command=id&dryRun=All`, [400, 403], { body: '' })
  })
  it('X10 a GET whose names read as another verb or resource returns nothing', async () => {
    for (const rest of ['secrets/watch', 'secrets/db/status', 'secrets/db/data', 'namespaces/kube-system/secrets', 'pods/web/log/../../secrets/db'])
      expect((await harness.send(`GET ${harness.in(rest)}`)).status).not.toBe(200)
  })
  it('X11 encoded keys, other letter case, exponents and semicolons in a query are refused or read as upstream reads them', async () => {
    await bad(`${harness.in('secrets')}?watch=0;watch=1`)
    await bad(`${harness.in('secrets')}?%77atch=1&watch=0`)
    const upper = await harness.send(`GET ${harness.in('secrets')}?Watch=1&timeoutSeconds=1`)
    expect(await readAs(upper)).toBe('list /secrets/ ')
    await bad(`${harness.in('secrets')}?limit=1e3`)
    await bad(`${harness.in('secrets')}?fieldSelector=%ff`)
  })
  it('X12 invalid resourceVersion, resourceVersionMatch and timeouts give errors without values', async () => {
    for (const query of [
      'resourceVersion=1&resourceVersionMatch=Exact',
      'resourceVersion=99999999999999',
      'resourceVersionMatch=x',
      'timeoutSeconds=-1&watch=1',
    ])
      expect((await harness.send(`GET ${harness.in('secrets')}?${query}`)).status).not.toBe(500)
  })
})
