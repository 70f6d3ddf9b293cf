import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'

export type RunOptions = {
  readonly cwd?: string
  /** Added to the environment of this process. */
  readonly env?: { readonly [name: string]: string }
  readonly signal?: AbortSignal
  /** A file for its standard input. Defaults to empty input. */
  readonly stdin?: string
}

/** A command that failed, with the end of its output. */
export class CommandFailed extends Error {}

const KEPT = 4000

/**
 * Runs a command to its end and returns its standard output.
 * @throws CommandFailed if it does not start or exits with another code than 0
 */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  return await new Promise((resolve, reject) => {
    let stdout = ''
    let stderr = ''
    const stdin = openSync(options.stdin ?? '/dev/null', 'r')
    const child = spawn(command, args, {
      stdio: [stdin, 'pipe', 'pipe'],
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
      ...(options.env === undefined ? {} : { env: { ...process.env, ...options.env } }),
    })
    closeSync(stdin)
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk))
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (stderr = (stderr + chunk).slice(-KEPT)))
    child.on('error', (error) => reject(new CommandFailed(`${command} did not start: ${error.message}`, { cause: error })))
    child.on('close', (code, signal) => {
      if (code === 0) resolve(stdout)
      else reject(new CommandFailed(`${command} ${args.slice(0, 2).join(' ')} ended with ${signal ?? `code ${String(code)}`}\n${stderr.trim()}`))
    })
  })
}
