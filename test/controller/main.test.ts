import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ROOT } from '../manifest/overlay.ts'
import { CONFIGURATION, LEASE, NAMES, POLICIES, startClusterFake, type ClusterFake } from './cluster-fake.ts'

let cluster: ClusterFake
const children: ChildProcess[] = []
beforeEach(async () => void (cluster = await startClusterFake()))
afterEach(async () => {
  for (const child of children.splice(0)) if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
  await cluster.stop()
})

async function replica(name: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, [join(ROOT, 'controller/main.ts'), '--config', await cluster.configure(name)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  children.push(child)
  return child
}
const eventually = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 60_000, interval: 50 })
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
    const exited = once(first, 'exit')
    first.kill('SIGTERM')
    expect((await exited)[0]).toBe(0)
    await eventually(() => expect(linesBy('second')).toContain(`PUT ${LEASE}`))
    expect(textOf(LEASE)).toContain('"leaseTransitions":2')
  })
})
