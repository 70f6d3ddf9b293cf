import { readFile } from 'node:fs/promises'

/** Identifies a process so that a later one with the same pid is not mistaken for it: on Linux by its start time in clock ticks. */
export type Owner = { readonly pid: number; readonly startedAt: string }

/** `startedAt` is empty without /proc (macOS); then only the pid is compared. */
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

/** The process name is in parentheses and may hold any character, so count fields after the last parenthesis. A zombie counts as exited. */
async function startOf(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields[0] === 'Z' ? 'ended' : (fields[START_FIELD - 3] ?? '')
}
