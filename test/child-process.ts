import { spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { createInterface } from 'node:readline'

/** Generous, since CI machines are slow and noisy, and shorter than the limit of a test, which would not say what is missing. */
const LIMIT_MS = 120_000
/** Characters of its output that an error repeats. */
const REPEATED = 8_000

export type Ended = { readonly code: number | null; readonly signal: NodeJS.Signals | null }

/** A program that runs beside its test. It ends with the process of the test at the latest. */
export type Child = {
  readonly pid: number
  /** The lines so far of the stream that the test reads. */
  readonly lines: readonly string[]
  /** All of its output so far: both streams, in order of arrival. */
  readonly said: () => string
  readonly isRunning: () => boolean
  /**
   * What `find` makes of the first line for which that is not undefined.
   * @throws Error with the end of the program and its output, when it ends before or needs longer than two minutes. `what` says what is missing
   */
  line<T>(what: string, find: (line: string) => T | undefined): Promise<T>
  signal(name: NodeJS.Signals): void
  /** Resolves when the program has ended and its output is read. @throws Error with its output after two minutes, and ends it */
  ended(): Promise<Ended>
  /** Sends a signal, if it runs, and waits for its end. Optional. Defaults to SIGKILL. @throws as `ended` */
  end(signal?: NodeJS.Signals): Promise<Ended>
}

export type StartChild = {
  /** The stream whose lines the test reads. Optional. Defaults to stdout. */
  readonly read?: 'stdout' | 'stderr'
  /** Its whole environment. Optional. Defaults to that of this process. */
  readonly env?: NodeJS.ProcessEnv
  /** Optional. Defaults to 120 seconds. */
  readonly limitMs?: number
}

const running = new Set<() => void>()
process.once('exit', () => {
  for (const kill of running) kill()
})

const endOf = ({ code, signal }: Ended): string => (signal === null ? `ended with code ${code ?? 'unknown'}` : `was ended by ${signal}`)

export function startChild(
  program: string,
  args: readonly string[],
  { read = 'stdout', env = process.env, limitMs = LIMIT_MS }: StartChild = {},
): Child {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env })
  const kill = (): void => void child.kill('SIGKILL')
  running.add(kill)
  const lines: string[] = []
  const news = new EventEmitter()
  let said = ''
  let over: Ended | Error | undefined
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => void (said += text))
  createInterface({ input: child[read] }).on('line', (line) => {
    lines.push(line)
    news.emit('news')
  })
  const end = (how: Ended | Error): void => {
    over ??= how
    running.delete(kill)
    news.emit('news')
  }
  child.once('error', end)
  child.once('close', (code, signal) => end({ code, signal }))

  const failed = (problem: string): Error =>
    new Error(`${[program, ...args].join(' ')}: ${problem}${said === '' ? '; it said nothing' : `; it said:\n${said.slice(-REPEATED)}`}`)
  const waitFor = async <T>(what: string, find: () => T | undefined): Promise<T> => {
    const limit = AbortSignal.timeout(limitMs)
    for (;;) {
      const found = find()
      if (found !== undefined) return found
      if (over instanceof Error) throw failed(`it did not start: ${over.message}`)
      if (over !== undefined) throw failed(`it ${endOf(over)} without ${what}`)
      await once(news, 'news', { signal: limit }).catch(() => {
        throw failed(`it runs, and within ${limitMs / 1000} s there was no ${what}`)
      })
    }
  }
  const ended = async (): Promise<Ended> => {
    try {
      return await waitFor('end', () => (over instanceof Error ? undefined : over))
    } finally {
      kill()
    }
  }
  return {
    pid: child.pid ?? 0,
    lines,
    said: () => said,
    isRunning: () => over === undefined,
    line: (what, find) =>
      waitFor(what, () => {
        for (const line of lines) {
          const found = find(line)
          if (found !== undefined) return found
        }
        return undefined
      }),
    signal: (name) => void child.kill(name),
    ended,
    end: (signal = 'SIGKILL') => {
      if (over === undefined) child.kill(signal)
      return ended()
    },
  }
}

/** The fields of a line in JSON. Undefined for another line, such as that of an error that no server logs. */
export function logLine(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
