import { spawn } from 'node:child_process'
import { until } from '../until.ts'

export type Ran = {
  /** -1 if a signal ended it. */
  readonly code: number
  readonly signal?: NodeJS.Signals
  readonly stdout: string
  readonly stderr: string
  readonly seconds: number
}

/** Seconds after which a program is killed and its code is -1. Generous: a slow machine needs several seconds to start one. */
const LIMIT_SECONDS = 280

/** Go programs such as kubectl run for a tenth of a second, and collect garbage for a third of it, which there is no need for. */
export const SHORT_LIVED = { GOGC: '800' }

export type StartProgram = {
  /** Seconds after which it is killed and the code is -1. Defaults to 280. */
  readonly seconds?: number
  /** Added to the environment of this process. */
  readonly env?: { readonly [name: string]: string }
  readonly cwd?: string
}
export type RunProgram = StartProgram & { readonly input?: string }

/** A program that runs. */
export type Program = {
  /** All of its output so far: both streams, in order of arrival. */
  readonly printed: () => string
  /** Resolves when its output contains a text or matches a pattern. @throws Error with its output if it does not within two minutes */
  readonly says: (what: string | RegExp) => Promise<void>
  readonly write: (text: string) => void
  readonly endInput: () => void
  /** Interrupts it, as Ctrl-C does. */
  readonly interrupt: () => void
  readonly ended: Promise<Ran>
}

/** Starts a program. Its end rejects only if it does not start. */
export function startProgram(program: string, args: readonly string[], options: StartProgram = {}): Program {
  const started = performance.now()
  const child = spawn(program, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...SHORT_LIVED, ...process.env, ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  })
  const text = { stdout: '', stderr: '' }
  let printed = ''
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (chunk: string) => {
      text[name] += chunk
      printed += chunk
    })
  child.stdin.on('error', () => undefined) // it may exit without reading
  const timer = setTimeout(() => child.kill('SIGKILL'), (options.seconds ?? LIMIT_SECONDS) * 1000)
  let over = false
  const ended = new Promise<Ran>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      over = true
      resolve({ code: code ?? -1, ...(signal === null ? {} : { signal }), ...text, seconds: (performance.now() - started) / 1000 })
    })
  })
  ended.catch(() => undefined) // reported to those who await it
  const says = async (what: string | RegExp): Promise<void> => {
    const said = (): boolean => (typeof what === 'string' ? printed.includes(what) : what.test(printed))
    await until('it says it, or ends', () => said() || over).catch(() => undefined)
    if (!said()) throw new Error(`${program} did not say ${String(what)}${over ? ' before it ended' : ''}; it said ${JSON.stringify(printed)}`)
  }
  return {
    printed: () => printed,
    says,
    write: (words) => void child.stdin.write(words),
    endInput: () => void child.stdin.end(),
    interrupt: () => void child.kill('SIGINT'),
    ended,
  }
}

/** Runs a program to its end; rejects only if it does not start. */
export function runProgram(program: string, args: readonly string[], { input = '', ...options }: RunProgram = {}): Promise<Ran> {
  const running = startProgram(program, args, options)
  running.write(input)
  running.endInput()
  return running.ended
}
