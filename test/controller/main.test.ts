import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { startChild, type Child } from '../child-process.ts'
import { ROOT } from '../manifest/overlay.ts'
import { CONFIGURATION, LEASE, NAMES, POLICIES, startClusterFake, type ClusterFake } from './cluster-fake.ts'

let cluster: ClusterFake
const children: Child[] = []
beforeEach(async () => void (cluster = await startClusterFake()))
afterEach(async () => {
  for (const child of children.splice(0)) await child.end()
  await cluster.stop()
})

async function replica(name: string): Promise<Child> {
  const child = startChild(process.execPath, [join(ROOT, 'controller/main.ts'), '--config', await cluster.configure(name)])
  children.push(child)
  return child
}
const eventually = (check: () => void): Promise<void> =>
  vi.waitFor(check, { timeout: 60_000, interval: 50 }).catch((error: unknown) => {
    const states = children.map(({ isRunning, said }, index) => `replica ${index + 1} ${isRunning() ? 'runs' : 'has ended'}:\n${said()}`)
    throw new Error(states.join('\n'), { cause: error })
  })
const linesBy = (name: string): readonly string[] => cluster.writes.filter(({ by }) => by === name).map(({ line }) => line)
const looksBy = (name: string): number => cluster.reads.filter(({ by, line }) => by === name && line === `GET ${LEASE}`).length
const textOf = (path: string): string => JSON.stringify(cluster.objects.get(path))

describe('the controller', () => {
  it('leads, writes whom the webhook is asked about, and the status of policies', async () => {
    await replica('first')
    await eventually(() => {
      expect(textOf(CONFIGURATION)).toContain("'oidc:agents'")
      expect(textOf(NAMES)).toContain('oidc:agents')
      expect(textOf(`${POLICIES}/agents`)).toContain('"type":"Impersonable","status":"True"')
    })
    expect(new Set(linesBy('first'))).toEqual(new Set([`PUT ${LEASE}`, `PUT ${CONFIGURATION}`, `PUT ${NAMES}`, `PUT ${POLICIES}/agents/status`]))
    expect(linesBy('first')[0]).toBe(`PUT ${LEASE}`)
  })

  it('writes nothing on a replica that does not lead, which takes over when the leader stops', async () => {
    const first = await replica('first')
    await eventually(() => expect(textOf(CONFIGURATION)).toContain("'oidc:agents'"))
    await replica('second')
    // It has looked at the Lease, and decided what to do, when it looks again.
    await eventually(() => expect(looksBy('second')).toBeGreaterThanOrEqual(2))
    expect(linesBy('second')).toEqual([])
    expect(await first.end('SIGTERM')).toEqual({ code: 0, signal: null })
    await eventually(() => expect(linesBy('second')).toContain(`PUT ${LEASE}`))
    expect(textOf(LEASE)).toContain('"leaseTransitions":2')
  })
})
