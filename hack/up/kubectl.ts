import { spawn } from 'node:child_process'
import { join } from 'node:path'

/** Runs kubectl as the admin and returns its output; rejects with its error output. `input` goes to its standard input. */
export type Kubectl = (args: readonly string[], input?: string) => Promise<string>

const LIMIT_MS = 180_000

export function createKubectl(options: { readonly binDir: string; readonly kubeconfig: string }): Kubectl {
  return (args, input) =>
    new Promise((resolve, reject) => {
      const child = spawn(join(options.binDir, 'kubectl'), ['--kubeconfig', options.kubeconfig, ...args], {
        stdio: ['pipe', 'pipe', 'pipe'],
        timeout: LIMIT_MS,
      })
      const text = { stdout: '', stderr: '' }
      child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text.stdout += chunk))
      child.stderr.setEncoding('utf8').on('data', (chunk: string) => (text.stderr += chunk))
      child.stdin.on('error', () => undefined) // kubectl did not read all of it; its exit code says whether that matters
      child.stdin.end(input ?? '')
      child.on('error', reject)
      child.on('close', (code) => {
        if (code === 0) resolve(text.stdout)
        else reject(new Error(`kubectl ${args.join(' ')} ended with ${String(code)}: ${text.stderr.trim()}`))
      })
    })
}

/** Applies objects, as one List in JSON, which is also YAML. */
export async function apply(kubectl: Kubectl, items: readonly object[]): Promise<void> {
  await kubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }))
}
