import { spawn } from 'node:child_process'

export type Ran = { readonly code: number; readonly stdout: string; readonly stderr: string; readonly seconds: number }

export type RunProgram = {
  readonly input?: string
  /** Seconds after which it is killed and the code is -1. Defaults to 60. */
  readonly seconds?: number
  /** Added to the environment of this process. */
  readonly env?: { readonly [name: string]: string }
  readonly cwd?: string
}

/** Runs a program to its end; rejects only if it does not start. */
export function runProgram(program: string, args: readonly string[], options: RunProgram = {}): Promise<Ran> {
  const started = performance.now()
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, ...options.env },
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    })
    let stdout = ''
    let stderr = ''
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk))
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk))
    child.stdin.on('error', () => undefined) // it may exit without reading
    child.stdin.end(options.input ?? '')
    const timer = setTimeout(() => child.kill('SIGKILL'), (options.seconds ?? 60) * 1000)
    child.on('error', reject)
    child.on('close', (code) => {
      clearTimeout(timer)
      resolve({ code: code ?? -1, stdout, stderr, seconds: (performance.now() - started) / 1000 })
    })
  })
}
