import type { ServerResponse } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import type { AccessPolicySpec } from '../../../domain/api/access-policy.ts'
import { StatusError } from '../../../domain/status-error.ts'
import { tlsClient, until, type RawClient } from '../../attack/oracles/raw-client.ts'
import { head } from '../../attack/oracles/narrow-gateway.ts'
import { liveGrant } from '../../domain/builders.ts'
import { APPROVED, holdThat } from '../../fakes/hold.ts'
import { CALLER, createFixture, type Fixture } from '../gateway-fixture.ts'

let fixture: Fixture
afterEach(() => fixture.stop())

const RULES = [
  {
    verbs: ['get', 'list', 'create', 'patch', 'update', 'delete'],
    apiGroups: ['', 'apps'],
    resources: ['pods', 'pods/proxy', 'services/proxy', 'pods/log', 'configmaps', 'secrets', 'deployments'],
    namespaces: ['shop'],
  },
]
const REVOKED = { conditions: [{ type: 'Revoked' as const, status: 'True' as const, reason: 'x' }] }

const WANTED: NonNullable<AccessPolicySpec['rules']> = [
  { name: 'proxy', match: { resources: ['pods', 'services'], subresources: ['proxy'] }, effect: 'RequireGrant' },
  { name: 'all', effect: 'RequireGrant' },
]

type Lives = { readonly grantMs?: number; readonly tokenMs?: number }
/** Creates a fixture whose policy requires a grant for everything. Grant and token expire this long after the arrival of a request. */
async function underGrant({ grantMs = 60_000, tokenMs = 60_000 }: Lives = {}): Promise<void> {
  const arrives = (): typeof CALLER => {
    const nowMs = Date.now()
    fixture.grants.splice(0, 1, liveGrant({ rules: RULES, expiresAt: new Date(nowMs + grantMs).toISOString() }))
    return { ...CALLER, expiresAtMs: nowMs + tokenMs }
  }
  fixture = await createFixture(() => ({ authenticator: () => Promise.resolve(arrives()) }))
  const [policy] = fixture.policies
  if (policy === undefined) throw new Error('no policy')
  fixture.policies[0] = { ...policy, spec: { ...policy.spec, rules: WANTED } }
}
const withToken = (lifeMs: number) => createFixture(() => ({ authenticator: () => Promise.resolve({ ...CALLER, expiresAtMs: Date.now() + lifeMs }) }))

/**
 * Runs a request whose grant or token lives so long. `run` returns the text of the response. Runs it again with a longer life if the life ended before
 * the response began, as on a busy machine.
 */
async function untilItBegins(run: (lifeMs: number) => Promise<string>): Promise<string> {
  for (let lifeMs = 500; ; lifeMs *= 4) {
    const text = await run(lifeMs)
    if (text.startsWith('HTTP/1.1 200 ')) return text
    await fixture.stop()
  }
}
/** Reads a response to its end, whatever the end, and waits until upstream is cut off. */
async function readToEnd(line: string, type: string): Promise<string> {
  const seen = drips(type, PIECE)
  const client = await open(line)
  await client.ended
  await until('upstream is cut off', () => seen.open === 0 && fixture.deps.limits.inFlight === 0)
  return client.text()
}
function revoke(): void {
  const [grant] = fixture.grants
  if (grant === undefined) throw new Error('no grant')
  fixture.tell({ type: 'MODIFIED', object: { ...grant, status: REVOKED } })
}

/** Makes upstream send pieces forever. Returns the number of open responses. */
function drips(type: string, piece: string) {
  const seen = { open: 0 }
  fixture.state.reply = (_, response: ServerResponse) => {
    response.writeHead(200, { 'content-type': type })
    seen.open++
    const timer = setInterval(() => response.write(piece), 5)
    response.once('close', () => {
      clearInterval(timer)
      seen.open--
    })
  }
  return seen
}
async function open(line: string, ...lines: readonly string[]): Promise<RawClient> {
  const client = await tlsClient({ host: '127.0.0.1', port: fixture.port, ca: fixture.ca })
  client.send(head(line, 'good', 'Connection: close', ...lines))
  return client
}

const PIECE = `${'x'.repeat(8 * 1024)}\n`
const ANSWERS = [
  ['a proxied answer', 'GET /api/v1/namespaces/shop/pods/web/proxy/events', 'text/plain'],
  ['the answer to a proxied write', 'POST /api/v1/namespaces/shop/services/web/proxy/', 'text/plain'],
  ['a log that is not followed', 'GET /api/v1/namespaces/shop/pods/web/log', 'text/plain'],
] as const

describe('a response that a grant permits', () => {
  it.each(ANSWERS)('%s ends when the grant is revoked', async (_, line, type) => {
    await underGrant()
    const seen = drips(type, PIECE)
    const client = await open(line)
    await until('it comes', () => client.text().includes('xxx'))
    revoke()
    await client.ended
    await until('upstream is cut off', () => seen.open === 0 && fixture.deps.limits.inFlight === 0)
    expect(client.text().endsWith('0\r\n\r\n')).toBe(false)
    expect(fixture.events.at(-1)).toMatchObject({ event: 'request.outcome', ended: 'failed', message: expect.stringContaining('revoked') as string })
  })

  it('ends when a new rule depends on an object, which a proxied request does not have', async () => {
    await underGrant()
    const seen = drips('text/plain', PIECE)
    const client = await open(ANSWERS[0][1])
    await until('it comes', () => client.text().includes('xxx'))
    const [old] = fixture.policies
    if (old === undefined) throw new Error('no policy')
    const match = { resources: ['pods'], subresources: ['proxy'], condition: 'object.spec.hostNetwork' }
    const object = { ...old, spec: { ...old.spec, rules: [{ name: 'none', match, effect: 'Deny' as const }, ...WANTED] } }
    fixture.policies.splice(0, 1, object)
    fixture.tellPolicy({ type: 'MODIFIED', old, object })
    await client.ended
    await until('upstream is cut off', () => seen.open === 0)
  })

  it.each(ANSWERS)('%s ends when the grant expires', async (_, line, type) => {
    await untilItBegins(async (grantMs) => {
      await underGrant({ grantMs })
      return await readToEnd(line, type)
    })
  })

  it.each(ANSWERS)('%s ends when the token expires', async (_, line, type) => {
    await untilItBegins(async (tokenMs) => {
      await underGrant({ tokenMs })
      return await readToEnd(line, type)
    })
    expect(fixture.events.at(-1)).toMatchObject({ message: expect.stringContaining('token has expired') as string })
  })

  it('ends for a client that does not read, even if upstream has sent everything', async () => {
    await underGrant()
    const items = Array.from({ length: 3000 }, (_, at) => ({ metadata: { name: `c${at}` }, data: { a: 'x'.repeat(4000) } }))
    const list = JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMapList', metadata: {}, items })
    fixture.state.reply = (_, response) => response.setHeader('content-type', 'application/json').end(list)
    const client = await tlsClient({ host: '127.0.0.1', port: fixture.port, ca: fixture.ca })
    client.socket.pause()
    client.send(head('GET /api/v1/namespaces/shop/configmaps', 'good'))
    await until('upstream was asked', () => fixture.seen.length > 0)
    revoke()
    await until('it is over', () => fixture.deps.limits.inFlight === 0)
    client.leave()
  })

  it('that has not started becomes a refusal with the reason', async () => {
    await underGrant()
    fixture.state.reply = () => {
      revoke() // while upstream handles the request
    }
    const answer = await fixture.send('GET /api/v1/namespaces/shop/pods/web/proxy/slow')
    expect([answer.status, answer.body]).toEqual([403, expect.stringContaining('its grant was revoked')])
  })

  it('to a write is awaited to report its outcome, but not shown', async () => {
    await underGrant()
    fixture.state.reply = (_, response) => {
      revoke()
      response.setHeader('content-type', 'application/json').end('{"kind":"ConfigMap","data":{"a":"shown"}}')
    }
    const answer = await fixture.send('PATCH /api/v1/namespaces/shop/configmaps/a', ['Content-Type: application/merge-patch+json'], '{}')
    expect(answer.status).toBe(403)
    expect(answer.body).toContain('kube-apiserver answered it with 200')
    expect(answer.body).not.toContain('shown')
    expect(fixture.events.at(-1)).toMatchObject({ event: 'request.outcome', code: 403 })
  })

  it('is not requested when the grant ended before', async () => {
    await underGrant()
    Object.assign(fixture.deps, {
      claim: () => {
        revoke()
        return Promise.resolve(true)
      },
    })
    const answer = await fixture.send('DELETE /api/v1/namespaces/shop/configmaps/a')
    expect([answer.status, answer.body, fixture.seen.length]).toEqual([403, expect.stringContaining('before anything was done'), 0])
  })

  it('with a revealed value ends with the grant of the reveal', async () => {
    fixture = await createFixture()
    const reveal = [{ namespace: 'shop', secret: 'db', keys: ['password'] }]
    fixture.grants.push(liveGrant({ rules: [], reveal }))
    fixture.state.reply = () => revoke()
    const answer = await fixture.send('GET /api/v1/namespaces/shop/secrets/db')
    expect([answer.status, answer.body]).toEqual([403, expect.stringContaining('its grant was revoked')])
  })
})

describe('a response that a policy allows', () => {
  it('ends with its token if it may be long-running', async () => {
    await untilItBegins(async (lifeMs) => {
      fixture = await withToken(lifeMs)
      return await readToEnd('GET /api/v1/namespaces/shop/pods/web/log', 'text/plain')
    })
  })

  it('of a watch ends with an error event that says that the token has expired', async () => {
    const text = await untilItBegins(async (lifeMs) => {
      fixture = await withToken(lifeMs)
      fixture.state.reply = (_, response) => response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders()
      return (await fixture.send('GET /api/v1/namespaces/shop/pods?watch=1')).raw
    })
    const [line = ''] = text.split('\n').filter((each) => each.startsWith('{'))
    expect(JSON.parse(line)).toMatchObject({
      type: 'ERROR',
      object: {
        kind: 'Status',
        status: 'Failure',
        reason: 'Unauthorized',
        code: 401,
        message: expect.stringContaining('the token has expired') as string,
      },
    })
  })
})

it('a held request is authenticated again with its original token', async () => {
  const tokens: string[] = []
  fixture = await createFixture(() => ({
    authenticator: (token) => {
      tokens.push(token)
      return tokens.length === 1 ? Promise.resolve(CALLER) : Promise.reject(new StatusError('Unauthorized', 'gone'))
    },
    hold: holdThat(() => Promise.resolve(APPROVED)),
  }))
  const [policy] = fixture.policies
  if (policy === undefined) throw new Error('no policy')
  fixture.policies[0] = { ...policy, spec: { ...policy.spec, rules: [{ name: 'all', effect: 'RequireApproval' }] } }
  expect((await fixture.send('DELETE /api/v1/namespaces/shop/configmaps/a')).status).toBe(401)
  expect(tokens).toEqual(['good', 'good'])
})
