import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { liveGrant } from '../../domain/builders.ts'
import { unauthorized } from '../../../gateway/unauthorized.ts'
import { createFixture, valuesOf, type Fixture } from '../gateway-fixture.ts'

let fixture: Fixture
beforeAll(async () => void (fixture = await createFixture()))
afterAll(() => fixture.stop())
beforeEach(() => void (fixture.seen.length = 0))

const HEAD = 'Host: localhost\r\nAuthorization: Bearer good\r\nConnection: close\r\n'
const LIST = 'GET /api/v1/namespaces/shop/pods'

describe('refuses, without sending anything upstream:', () => {
  it.each([
    ['Impersonate-User', 403, ['Impersonate-User: admin']],
    ['impersonate-group in lower case', 403, ['impersonate-group: system:masters']],
    ['Impersonate-Uid', 403, ['IMPERSONATE-UID: 1']],
    ['Impersonate-Extra-*', 403, ['Impersonate-Extra-jit.access%2Fgrant: g1']],
    ['Impersonate_User', 400, ['Impersonate_User: admin']],
    ['two Authorization headers', 401, ['Authorization: Bearer good']],
    ['two Hosts', 400, ['Host: evil']],
    ['a header named __proto__', 400, ['__proto__: x']],
    ['a trailer announcement', 400, ['Trailer: X-A']],
    ['a GET with a body', 400, ['Content-Length: 3']],
    ['2000 headers', 431, Array.from({ length: 2000 }, (_, index) => `X-${index}: 1`)],
    ['a header block of 64 KiB', 431, [`X-Long: ${'a'.repeat(64 * 1024)}`]],
  ])('%s (%s)', async (_, code, lines) => {
    const answer = await fixture.send(LIST, lines)
    expect(answer.status).toBe(code)
    expect(answer.body).toContain('"kind":"Status"')
    expect(fixture.seen).toEqual([])
  })

  it.each([
    ['no token', 401, `${LIST} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`],
    ['Basic', 401, `${LIST} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic Z29vZDo=\r\nConnection: close\r\n\r\n`],
    ['an empty bearer', 401, `${LIST} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer \r\nConnection: close\r\n\r\n`],
    ['an unknown token', 401, `${LIST} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer bad\r\nConnection: close\r\n\r\n`],
    ['no Host', 400, `${LIST} HTTP/1.1\r\nAuthorization: Bearer good\r\n\r\n`],
    ['HTTP/1.0', 400, `${LIST} HTTP/1.0\r\n${HEAD}\r\n`],
    ['TRACE', 405, `TRACE / HTTP/1.1\r\n${HEAD}\r\n`],
    ['CONNECT', 405, `CONNECT localhost:443 HTTP/1.1\r\n${HEAD}\r\n`],
    ['an absolute target', 400, `GET http://evil/api/v1/pods HTTP/1.1\r\n${HEAD}\r\n`],
    ['Content-Length and Transfer-Encoding', 400, `POST /api HTTP/1.1\r\n${HEAD}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    ['two Content-Lengths', 400, `POST /api HTTP/1.1\r\n${HEAD}Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc`],
    ['an obs-fold', 400, `${LIST} HTTP/1.1\r\n${HEAD}X-A: 1\r\n Impersonate-User: admin\r\n\r\n`],
    ['a space before the colon', 400, `${LIST} HTTP/1.1\r\n${HEAD}X-A : 1\r\n\r\n`],
    ['a bare line feed', 400, `${LIST} HTTP/1.1\n${HEAD.replaceAll('\r\n', '\n')}\n`],
    [
      'an upgrade with a body',
      400,
      `POST /api/v1/namespaces/shop/pods/web/exec?command=ls HTTP/1.1\r\n${HEAD.replace('close', 'Upgrade')}Upgrade: SPDY/3.1\r\nContent-Length: 3\r\n\r\nabc`,
    ],
    [
      'an upgrade to h2c',
      400,
      `GET /api/v1/namespaces/shop/pods/web/exec?command=ls HTTP/1.1\r\n${HEAD.replace('close', 'Upgrade')}Upgrade: h2c\r\n\r\n`,
    ],
  ])('%s (%s)', async (_, code, bytes) => {
    expect((await fixture.raw(bytes)).status).toBe(code)
    expect(fixture.seen).toEqual([])
  })

  it.each([
    '//api/v1/secrets',
    '/api//v1/secrets',
    '/api/v1/namespaces/shop/pods/',
    '/api/v1/./pods',
    '/api/v1/../v1/pods',
    '/api/v1/%2e%2e/pods',
    '/api/v1/namespaces/..;/pods',
    '/api/v1/namespaces/a%2fb/pods',
    '/api/v1/namespaces/a%252fb/pods',
    '/api/v1/namespaces/a%5cb/pods',
    '/api/v1/namespaces/a\\b/pods',
    '/api/v1/namespaces/a%00b/pods',
    '/api/v1/namespaces/a%ffb/pods',
    '/api/v1/namespaces/a%zz/pods',
    '/api/v1/pods?watch=0&watch=1',
    '/api/v1/pods?fieldSelector=a%3Db;x=1',
    '/api/v1/pods?a=%ff',
    '/api/v1/pods#x',
  ])('%s', async (target) => {
    expect([400, 414]).toContain((await fixture.send(`GET ${target}`)).status)
    expect(fixture.seen).toEqual([])
  })
})

describe('long URLs', () => {
  it('a command of 60 000 escaped characters is accepted', async () => {
    const answer = await fixture.send(`GET /api/v1/namespaces/shop/pods?a=${'%27'.repeat(60_000)}`)
    expect(answer.status).toBe(200)
    expect(fixture.seen[0]?.line).toContain('%27'.repeat(60_000))
  })
  it.each([
    ['a URL that is too long', `/api/v1/pods?a=${'a'.repeat(200_000)}`, 'standard input'],
    ['a path that is too long', `/api/v1/namespaces/${'a'.repeat(9000)}/pods`, 'the path is longer'],
  ])('%s is refused with a hint', async (_, target, words) => {
    const answer = await fixture.send(`GET ${target}`)
    expect(answer.status).toBe(414)
    expect(answer.body).toContain(words)
    expect(fixture.seen).toEqual([])
  })
})

const TOKEN = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl'
const ASKED = Buffer.from(JSON.stringify({ reason: `as ${TOKEN}` })).toString('base64url')
describe('refuses a token outside the Authorization header with 400, and hides it from upstream and the records:', () => {
  const upgrade = ['Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==']
  const exec = '/api/v1/namespaces/shop/pods/web/exec?command=ls'
  it.each([
    ['access_token', `/api/v1/namespaces/shop/pods?access_token=${TOKEN}`, []],
    ['Access-Token', `/api/v1/namespaces/shop/pods?Access-Token=${TOKEN}`, []],
    ['an escaped name', `/api/v1/namespaces/shop/pods?%61ccess_token=${TOKEN}`, []],
    ['token', `/api/v1/namespaces/shop/pods?token=${TOKEN}`, []],
    ['an empty access_token', '/api/v1/namespaces/shop/pods?access_token=', []],
    ['access_token on a proxied path', `/api/v1/namespaces/shop/pods/web/proxy/a?access_token=${TOKEN}`, []],
    ['the bearer token under another name', `/api/v1/namespaces/shop/pods?x=a${TOKEN}`, [], TOKEN],
    ['the bearer token, escaped', `/api/v1/namespaces/shop/pods?x=%65${TOKEN.slice(1)}`, [], TOKEN],
    ['the bearer token in a path', `/api/v1/namespaces/shop/pods/${TOKEN}`, [], TOKEN],
    ['the bearer token in a command', `${exec}&command=${TOKEN}`, [], TOKEN],
    ['the bearer token in the words of a request for access', `/ask/spec/${ASKED}/api/v1/namespaces/shop/pods`, [], TOKEN],
    ['the bearer token as User-Agent', '/api/v1/namespaces/shop/pods', [`User-Agent: ${TOKEN}`], TOKEN],
    ['a subprotocol', exec, [...upgrade, `Sec-WebSocket-Protocol: v5.channel.k8s.io, base64url.bearer.authorization.k8s.io.${TOKEN}`]],
    [
      'a subprotocol in a second header line',
      exec,
      [...upgrade, 'Sec-WebSocket-Protocol: v5.channel.k8s.io', `Sec-WebSocket-Protocol: Base64URL.bearer.authorization.k8s.io.${TOKEN}`],
    ],
    ['a subprotocol without an upgrade', '/api/v1/namespaces/shop/pods', [`Sec-WebSocket-Protocol: base64url.bearer.authorization.k8s.io.${TOKEN}`]],
  ])('%s', async (_, target, lines: readonly string[], bearer = 'good') => {
    const events = fixture.events.length
    const connection = lines.some((line) => line.startsWith('Upgrade')) ? 'Upgrade' : 'close'
    const head = [`Host: localhost`, `Authorization: Bearer ${bearer}`, `Connection: ${connection}`, ...lines].map((line) => `${line}\r\n`).join('')
    const answer = await fixture.raw(`GET ${target} HTTP/1.1\r\n${head}\r\n`)
    expect(answer.status).toBe(400)
    expect(answer.body).toContain('Authorization header alone')
    expect(fixture.seen).toEqual([])
    expect(JSON.stringify([answer.raw, fixture.events.slice(events)])).not.toContain(TOKEN.slice(1))
  })
  it('a request without an Authorization header', async () => {
    expect((await fixture.raw(`GET /api/v1/pods?access_token=${TOKEN} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`)).status).toBe(400)
  })
})

describe('discovery', () => {
  it.each(['/api/', '/apis/', '/api/v1/', '/apis/apps/', '/apis/apps/v1/', '/apis/jit.access/v1/', '/version/'])(
    '%s is forwarded without the trailing slash',
    async (path) => {
      expect((await fixture.send(`GET ${path}`)).status).toBe(200)
      expect(fixture.seen.map(({ line }) => line)).toEqual([`GET ${path.slice(0, -1)}`])
    },
  )
})

it('answers every invalid Authorization header like a rejected token', async () => {
  const headers = [
    '',
    'Authorization: Basic Z29vZDo=\r\n',
    'Authorization: Bearer \r\n',
    'Authorization: Bearer bad\r\nAuthorization: Bearer good\r\n',
  ]
  for (const header of headers) {
    const { status, body } = await fixture.raw(`${LIST} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${header}\r\n`)
    expect(status).toBe(401)
    expect(JSON.parse(body)).toEqual(unauthorized('').toStatus())
  }
})

describe('does not change the identity that upstream sees:', () => {
  it.each([
    ['Connection that names the gateway’s headers', ['Connection: Impersonate-User, Impersonate-Group, Authorization, Audit-Id']],
    ['Connection in many lines', ['Connection: Impersonate-User', 'Connection: ,authorization ,']],
    ['X-Remote-User', ['X-Remote-User: admin', 'X-Remote-Group: system:masters', 'X-Forwarded-Client-Cert: x']],
    ['Audit-ID', ['Audit-ID: mine']],
    ['a method override', ['X-HTTP-Method-Override: DELETE']],
  ])('%s', async (_, lines) => {
    const answer = await fixture.raw(
      `${LIST}?_method=DELETE HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer good\r\n${lines.map((line) => `${line}\r\n`).join('')}\r\n`,
      /\{\}/,
    )
    expect(answer.status).toBe(200)
    expect(fixture.seen).toHaveLength(1)
    const [only] = fixture.seen
    if (only === undefined) throw new Error('nothing seen')
    expect(only.line).toMatch(/^GET /)
    expect(valuesOf(only, 'impersonate-user')).toEqual(['jit.access:agent'])
    expect(valuesOf(only, 'impersonate-extra-jit.access%2Fuser')).toEqual(['oidc:agent'])
    expect(valuesOf(only, 'impersonate-group')).toEqual(['jit.access:agents', 'jit.access:baseline:agents'])
    expect(valuesOf(only, 'authorization')).toEqual(['Bearer impersonator-token'])
    expect(valuesOf(only, 'audit-id')).toHaveLength(1)
    expect(valuesOf(only, 'audit-id')).not.toContain('mine')
    expect(only.rawHeaders.join('\n')).not.toMatch(/x-remote|forwarded|override|good/i)
  })
})

it('forwards a request smuggled in a chunked body as body', async () => {
  fixture.grants.push(liveGrant({ rules: [{ verbs: ['delete'], apiGroups: ['apps'], resources: ['deployments'], namespaces: ['shop'] }] }))
  const inner = 'GET /api/v1/secrets HTTP/1.1\r\nHost: localhost\r\n\r\n'
  const body = `${Buffer.byteLength(inner).toString(16)}\r\n${inner}\r\n0\r\n\r\n`
  const answer = await fixture.raw(
    `DELETE /apis/apps/v1/namespaces/shop/deployments/web HTTP/1.1\r\n${HEAD}Transfer-Encoding: chunked\r\n\r\n${body}`,
  )
  expect(answer.status).toBe(200)
  expect(fixture.seen.map(({ line }) => line)).toEqual(['DELETE /apis/apps/v1/namespaces/shop/deployments/web'])
  expect(fixture.seen[0]?.body.toString()).toBe(inner)
  fixture.grants.length = 0
})
