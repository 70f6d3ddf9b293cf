import { spawn } from 'node:child_process'
import { join } from 'node:path'

export type Ran = { readonly code: number; readonly out: Buffer; readonly said: string; readonly ms: number }
export type Way = { readonly binDir: string; readonly kubeconfig: string; readonly webSockets: boolean }

/** Runs kubectl over one transport and keeps its whole output; killed after two minutes. */
export function runKubectl({ binDir, kubeconfig, webSockets }: Way, args: readonly string[], input?: Buffer): Promise<Ran> {
  const started = performance.now()
  const child = spawn(join(binDir, 'kubectl'), args, {
    env: {
      ...process.env,
      KUBECONFIG: kubeconfig,
      PATH: `${binDir}:${process.env['PATH'] ?? ''}`,
      KUBECTL_REMOTE_COMMAND_WEBSOCKETS: String(webSockets),
    },
  })
  const out: Buffer[] = []
  let said = ''
  child.stdout.on('data', (bytes: Buffer) => void out.push(bytes))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
  child.stdin.on('error', () => {}) // kubectl may exit before it has read all of its input.
  child.stdin.end(input)
  const timer = setTimeout(() => child.kill('SIGKILL'), 120_000)
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => {
      clearTimeout(timer)
      resolve({ code: code ?? -1, out: Buffer.concat(out), said, ms: performance.now() - started })
    })
  })
}
