import type { Effect } from '../../domain/api/access-policy.ts'
import type { Held } from '../../gateway/ports.ts'
import { policy } from '../domain/builders.ts'
import { holdThat } from '../fakes/hold.ts'
import { createFixture, type Seen } from './gateway-fixture.ts'

const pendingOf = ({ digest }: Held) => ({
  apiVersion: 'jit.access/v1' as const,
  kind: 'AccessRequest',
  metadata: { name: `hold-${digest.slice(0, 20)}-1` },
  spec: {},
  status: { expiresAt: '2026-11-25T12:30:00Z' },
})

const OBJECT = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace: 'shop', uid: 'u', resourceVersion: '1' } }

/** A gateway whose hold only files requests, and which notes the streams that it would relay. */
export async function askFixture() {
  const asked: Held[] = []
  const relayed: string[] = []
  const ask = (held: Held) => {
    asked.push(held)
    return Promise.resolve({ request: pendingOf(held), made: true })
  }
  const fixture = await createFixture(() => ({
    hold: { ...holdThat(() => Promise.reject(new Error('an operation that is only asked for never waits'))), ask },
    relay: (announced) => (relayed.push(announced.path), Promise.resolve({ ended: 'completed', code: 101, bytes: 0 })),
  }))
  /** Makes the policy say this of every write. */
  const govern = (effect: Effect): void => {
    fixture.policies.length = 0
    const match = { verbs: ['create', 'update', 'patch', 'delete', 'deletecollection'] }
    fixture.policies.push(policy('agents', { rules: [{ name: 'all', match, effect }] }))
  }
  const reset = (): void => {
    for (const list of [fixture.seen, fixture.grants, fixture.events, fixture.claims, asked, relayed]) list.length = 0
    govern('RequireApproval')
    fixture.state.reply = (_, response) => response.setHeader('content-type', 'application/json').end(JSON.stringify(OBJECT))
  }
  return { ...fixture, asked, relayed, govern, reset }
}
export type AskFixture = Awaited<ReturnType<typeof askFixture>>

/** Whether a request to upstream can change something. */
export function changes({ line, body }: Seen): boolean {
  const [method = '', target = ''] = line.split(' ')
  if (method === 'GET' || method === 'HEAD') return /\/(exec|attach|portforward|proxy)([/?]|$)/.test(target)
  if (method === 'DELETE') return (JSON.parse(body.toString() || '{}') as { dryRun?: unknown }).dryRun === undefined
  return new URL(`http://x${target}`).searchParams.get('dryRun') !== 'All'
}

export const BODY = JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } })
