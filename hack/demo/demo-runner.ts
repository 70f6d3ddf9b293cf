import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Actor, Environment } from './environment.ts'
import { shellWord } from '../../domain/shell-word.ts'

export type Outcome = { readonly code: number; readonly stdout: string; readonly stderr: string; readonly seconds: number }

/** A command that is still running: what it printed so far, and its end. */
export type Running = {
  readonly ended: Promise<Outcome>
  /** Resolves with the first line that matches; rejects if the command ends or the time is up first. */
  line(pattern: RegExp, seconds: number): Promise<string>
  write(text: string): void
  kill(): void
}

/** Runs real commands as an actor, prints them with their real output, and checks the results. */
export type DemoRunner = {
  readonly environment: Environment
  scene(title: string): void
  run(actor: Actor, command: readonly string[], options?: { readonly input?: string; readonly quiet?: boolean }): Promise<Outcome>
  start(actor: Actor, command: readonly string[]): Running
  /** Fails the story if `holds` is false. */
  check(holds: boolean, what: string): void
  checks(): number
}

/** A promise that did not hold. */
export class StoryBroken extends Error {}

const COMMAND_SECONDS = 300
/** Number of lines shown of a command that ran in the background. */
const LAST_LINES = 8

export function createDemoRunner(environment: Environment, print: (text: string) => void): DemoRunner {
  let held = 0

  const launch = (actor: Actor, command: readonly string[], input?: string): Running => {
    const [program = '', ...args] = command
    const started = performance.now()
    const child = spawn(program, args, {
      env: { ...process.env, PATH: `${environment.binDir}:${process.env['PATH'] ?? ''}`, KUBECONFIG: environment.kubeconfigs[actor] },
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    const lines: string[] = []
    const waiting = new Set<(line: string) => void>()
    const text = { stdout: '', stderr: '' }
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (chunk: string) => (text[name] += chunk))
      createInterface({ input: child[name] }).on('line', (line) => {
        lines.push(line)
        for (const tell of waiting) tell(line)
      })
    }
    child.stdin.on('error', () => undefined) // a command that exited does not read its input; its outcome says why
    if (input !== undefined) child.stdin.end(input)
    const timer = setTimeout(() => child.kill('SIGKILL'), COMMAND_SECONDS * 1000)
    const ended = new Promise<Outcome>((resolve, reject) => {
      child.on('error', reject)
      child.on('close', (code) => {
        clearTimeout(timer)
        resolve({ code: code ?? -1, ...text, seconds: (performance.now() - started) / 1000 })
      })
    })
    return {
      ended,
      line: (pattern, seconds) =>
        new Promise((resolve, reject) => {
          const seen = lines.find((line) => pattern.test(line))
          if (seen !== undefined) return resolve(seen)
          const finish = (settle: () => void): void => {
            clearTimeout(limit)
            waiting.delete(tell)
            settle()
          }
          const limit = setTimeout(
            () => finish(() => reject(new StoryBroken(`no line like ${String(pattern)} within ${seconds} s:\n${lines.join('\n')}`))),
            seconds * 1000,
          )
          const tell = (line: string): void => {
            if (pattern.test(line)) finish(() => resolve(line))
          }
          waiting.add(tell)
          void ended.then((outcome) =>
            finish(() => reject(new StoryBroken(`ended with ${outcome.code} before a line like ${String(pattern)}:\n${lines.join('\n')}`))),
          )
        }),
      write: (typed) => void child.stdin.write(typed),
      kill: () => void child.kill('SIGKILL'),
    }
  }

  const show = (actor: Actor, command: readonly string[]): void => print(`\n[${actor}]$ ${command.map(shellWord).join(' ')}\n`)

  return {
    environment,
    scene: (title) => print(`\n\n=== ${title}\n`),
    run: async (actor, command, options = {}) => {
      const running = launch(actor, command, options.input ?? '')
      const outcome = await running.ended
      if (options.quiet !== true) {
        show(actor, command)
        print(outcome.stdout + outcome.stderr)
        if (outcome.code !== 0) print(`(exit code ${outcome.code})\n`)
      }
      return outcome
    },
    start: (actor, command) => {
      print(`\n[${actor}]$ ${command.map(shellWord).join(' ')} &\n`)
      const running = launch(actor, command)
      void running.ended.then(
        ({ code, stdout, stderr }) => {
          const said = (stdout + stderr).trimEnd().split('\n').slice(-LAST_LINES).join('\n')
          print(`\n[${actor}] ${command.slice(0, 3).join(' ')} … ended (exit code ${code}):\n${said}\n`)
        },
        () => undefined,
      )
      return running
    },
    check: (holds, what) => {
      if (!holds) throw new StoryBroken(what)
      held += 1
      print(`  ✓ ${what}\n`)
    },
    checks: () => held,
  }
}
