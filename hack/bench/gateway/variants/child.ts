import { spawn, type ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'

export type Child = { readonly pid: number; readonly url: string; stop(): Promise<void> }

export type ChildOptions = {
  readonly command: string
  readonly args: readonly string[]
  /** Finds the URL in a line of its output. */
  readonly url: (line: string) => string | undefined
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => (child.exitCode === null && child.signalCode === null ? child.once('exit', () => resolve()) : resolve()))
}

/** Starts a server and waits until it prints where it listens. It ends with this process at the latest. */
export async function startChild({ command, args, url }: ChildOptions): Promise<Child> {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  const atExit = (): void => void child.kill()
  process.once('exit', atExit)
  const stop = async (): Promise<void> => {
    process.off('exit', atExit)
    child.kill()
    await ended(child)
  }
  await new Promise<void>((resolve, reject) => child.once('spawn', resolve).once('error', reject))
  for await (const line of createInterface({ input: child.stdout })) {
    const found = url(line)
    if (found === undefined || child.pid === undefined) continue
    child.stdout.resume()
    return { pid: child.pid, url: found, stop }
  }
  throw new Error(`${command} exited before it printed where it listens`)
}

export const firstUrl = (line: string): string | undefined => /https?:\/\/\S+/.exec(line)?.[0]
