import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { freePorts } from '../../../hack/up/local/free-port.ts'
import { logLine, startChild } from '../../child-process.ts'

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

const lineOf = (line: string): LogLine | undefined => logLine(line) as LogLine | undefined

function spawnSmall(args: readonly string[], env: { readonly [name: string]: string }): Omit<SmallProcess, 'url' | 'adminUrl'> {
  const child = startChild(process.execPath, [PROGRAM, ...args], { read: 'stderr', env: { ...process.env, ...env } })
  const logged = (): readonly LogLine[] => child.lines.flatMap((line) => lineOf(line) ?? [])
  return {
    text: () => child.lines.filter((line) => lineOf(line) === undefined).join('\n'),
    events: () => logged().map(({ event }) => event),
    logged: (event) => child.line(`log line ${event}`, (line) => [lineOf(line)].find((each) => each?.event === event)),
    signal: (name) => child.signal(name),
    get exited() {
      return child.ended().then(({ code }) => code)
    },
    kill: () => child.signal('SIGKILL'),
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
  return Object.assign(started, { url: `http://127.0.0.1:${port}`, adminUrl: `http://127.0.0.1:${admin}` })
}
