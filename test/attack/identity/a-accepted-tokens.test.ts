import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { mintToken } from '../../cluster/environment.ts'
import { openHarness, type Harness } from '../harness.ts'
import { exchange } from '../oracles/raw-exchange.ts'

/** A. Accepted tokens: the gateway accepts what kube-apiserver accepts, as the same user and groups. */
let harness: Harness
beforeAll(async () => void (harness = await openHarness('attack-accepted')))
afterAll(() => harness.finish())

/** The user that kube-apiserver derives from the token; it trusts the same issuer as the gateway. */
async function direct(token: string): Promise<{ readonly status: number; readonly username?: string; readonly groups?: readonly string[] }> {
  const { kubernetes } = harness.environment
  const { hostname, port } = new URL(kubernetes.url)
  const body = JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' })
  const head = `Host: ${hostname}\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n`
  const bytes = `POST /apis/authentication.k8s.io/v1/selfsubjectreviews HTTP/1.1\r\n${head}\r\n${body}`
  const { status, text } = await exchange({ host: hostname, port: Number(port), ca: await readFile(kubernetes.caFile, 'utf8') }, bytes)
  const { status: found } = JSON.parse(text) as { readonly status?: { readonly userInfo?: { readonly username: string; readonly groups: string[] } } }
  return { status, ...found?.userInfo }
}

const now = (): number => Math.floor(Date.now() / 1000)
const many = (count: number) => [
  'agents',
  ...Array.from({ length: count - 1 }, (_, at) => `${String(at).padStart(8, '0')}-1111-2222-3333-444455556666`),
]

it.each([
  ['no special claims', () => ({})],
  ['groups as one string', () => ({ groups: 'agents' })],
  ['200 groups', () => ({ groups: many(200) })],
  ['400 groups', () => ({ groups: many(400) })],
  ['a group with an umlaut and a space', () => ({ groups: ['agents', 'Büro Köln'] })],
  ['a group of 300 letters', () => ({ groups: ['agents', 'g'.repeat(300)] })],
  ['a user with an umlaut', () => ({ sub: 'jörg@example.com' })],
  ['a user in Japanese', () => ({ sub: '田中' })],
  ['a user that is a distinguished name', () => ({ sub: 'CN=Bot!,OU=a\\,b' })],
  ['an iat one minute in the future', () => ({ iat: now() + 60 })],
  ['an nbf half a minute in the future', () => ({ nbf: now() + 30 })],
])('A18 a token with %s is accepted as by kube-apiserver', async (_, more) => {
  const claims = JSON.stringify(more())
  const token = await mintToken({ user: 'agent', audience: 'jit-gateway,kubernetes', claims })
  const there = await direct(token)
  expect(there.status).toBe(201)
  const here = await harness.send(`GET ${harness.in('pods')}?limit=1`, { token })
  expect(here.text).not.toContain('"code":')
  expect(here.status).toBe(200)
  const [event] = await harness.seen(here)
  expect(event?.impersonatedUser?.extra?.['jit.access/user']).toEqual([there.username])
  const groups = (there.groups ?? []).filter((group) => !group.startsWith('system:'))
  expect(event?.impersonatedUser?.extra?.['jit.access/groups']).toEqual(groups)
  // Also through kube-apiserver to our aggregated API server.
  const who = await harness.json(
    'POST /apis/jit.access/v1/whoamis',
    { apiVersion: 'jit.access/v1', kind: 'WhoAmI' },
    { token, type: 'application/json' },
  )
  expect(who.status).toBe(201)
  expect(who.text).toContain(JSON.stringify(there.username).slice(1, -1))
})
