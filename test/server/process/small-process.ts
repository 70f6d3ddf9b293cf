import { spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { freePorts } from '../../../hack/up/local/free-port.ts'

export type LogLine = { readonly event: string; readonly level: string; readonly error?: string; readonly code?: number }

/** `small-server.ts` as a process. */
export type SmallProcess = {
  readonly url: string
  readonly adminUrl: string
  /** The text that is not a log line, such as the usage. */
  readonly text: () => string
  readonly events: () => readonly string[]
  /** Resolves with the first log line of this event. Rejects if the process ends without it. */
  logged(event: string): Promise<LogLine>
  signal(name: 'SIGTERM' | 'SIGINT'): void
  /** Resolves with the exit code when the process has ended and its output is read. */
  readonly exited: Promise<number | null>
  kill(): void
}

const PROGRAM = join(import.meta.dirname, 'small-server.ts')

function spawnSmall(args: readonly string[], env: { readonly [name: string]: string }): Omit<SmallProcess, 'url' | 'adminUrl'> {
  const child = spawn(process.execPath, [PROGRAM, ...args], { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, ...env } })
  const lines: LogLine[] = []
  const other: string[] = []
  const news = new EventEmitter()
  let ended = false
  createInterface({ input: child.stderr }).on('line', (line) => {
    if (line.startsWith('{')) lines.push(JSON.parse(line) as LogLine)
    else other.push(line)
    news.emit('line')
  })
  const exited = once(child, 'close').then(([code]) => {
    ended = true
    news.emit('line')
    return code as number | null
  })
  const logged = async (event: string): Promise<LogLine> => {
    for (;;) {
      const line = lines.find((each) => each.event === event)
      if (line !== undefined) return line
      if (ended) throw new Error(`the process ended without ${event}: ${JSON.stringify(lines)}\n${other.join('\n')}`)
      await once(news, 'line')
    }
  }
  return {
    text: () => other.join('\n'),
    events: () => lines.map(({ event }) => event),
    logged,
    signal: (name) => void child.kill(name),
    exited,
    kill: () => void child.kill('SIGKILL'),
  }
}

/** Starts the server with these arguments alone. */
export const startWith = (args: readonly string[]): Omit<SmallProcess, 'url' | 'adminUrl'> => spawnSmall(args, {})

/** Starts the server with a configuration in `dir`. `more` is added to its fields. */
export async function startSmall(
  dir: string,
  { fault = 'none', stopLimitMs, more = {} }: { readonly fault?: string; readonly stopLimitMs?: number; readonly more?: object } = {},
): Promise<SmallProcess> {
  const [port = 0, admin = 0] = await freePorts(2)
  const file = join(dir, 'config.yaml')
  const config = { listen: { address: '127.0.0.1', port }, admin: { address: '127.0.0.1', port: admin }, ...more }
  await writeFile(file, JSON.stringify(config)) // JSON is also YAML
  const limit: { readonly STOP_LIMIT_MS?: string } = stopLimitMs === undefined ? {} : { STOP_LIMIT_MS: String(stopLimitMs) }
  const started = spawnSmall(['--config', file], { FAULT: fault, ...limit })
  return { ...started, url: `http://127.0.0.1:${port}`, adminUrl: `http://127.0.0.1:${admin}` }
}
