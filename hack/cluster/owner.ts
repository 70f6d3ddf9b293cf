import { readFile } from 'node:fs/promises'

/** A process that cannot be mistaken for a later one with the same pid: on Linux by the tick it started at. */
export type Owner = { readonly pid: number; readonly startedAt: string }

/** `startedAt` is empty where /proc is not there (macOS): then only the pid is compared. */
export async function ownerOf(pid: number): Promise<Owner | undefined> {
  if (!alive(pid)) return undefined
  return { pid, startedAt: await startOf(pid) }
}

export async function isRunning({ pid, startedAt }: Owner): Promise<boolean> {
  return alive(pid) && (startedAt === '' || (await startOf(pid)) === startedAt)
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

const START_FIELD = 22

/** The name of a process is in parentheses and may hold anything, so fields are counted after the last one. A zombie is over. */
async function startOf(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields[0] === 'Z' ? 'ended' : (fields[START_FIELD - 3] ?? '')
}
