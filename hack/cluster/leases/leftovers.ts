import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { removeCgroups } from '../node/cgroups.ts'
import { unplugLink } from '../node/real.ts'
import { isRunning, type Owner } from './owner.ts'
import { cgroupOf, linkOf } from '../addresses.ts'

/** What a cluster leaves on the machine if its owner does not clean up. */
export type Leftovers = { readonly port: number; readonly dir: string; readonly processes: readonly Owner[] }

/** The file `DIR/port` marks a folder as a cluster's. Only a folder with this mark is removed. */
export const MARK = 'port'

const LIMIT_MS = 10_000

/** Kills processes and waits until they are gone. A pid that belongs to another process by now is left alone. */
export async function endProcesses(owners: readonly Owner[]): Promise<void> {
  for (const owner of owners) {
    if (await isRunning(owner)) kill(owner.pid)
  }
  const until = performance.now() + LIMIT_MS
  for (const owner of owners) {
    while ((await isRunning(owner)) && performance.now() < until) await sleep(20)
  }
}

/** Ends the processes, then removes link, cgroups and folder. Safe to call repeatedly. */
export async function removeLeftovers({ port, dir, processes }: Leftovers): Promise<void> {
  await endProcesses(processes)
  if (process.platform === 'linux') {
    await unplugLink(linkOf(port))
    await removeCgroups(cgroupOf(port))
  }
  const mark = await readFile(join(dir, MARK), 'utf8').catch(() => '')
  if (mark.trim() === String(port)) await rm(dir, { recursive: true, force: true, maxRetries: 5 })
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It exited in the meantime.
  }
}
