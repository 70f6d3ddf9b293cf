import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** Runs `hack/render/main.ts --check`, which renders again, writes nothing and fails on a difference. */
export async function manifestProblems(root: string): Promise<readonly string[]> {
  const renderer = join(root, 'hack/render/main.ts')
  if (!existsSync(renderer)) return ['hack/render/main.ts is missing: nothing says that manifests/ is up to date']
  return await new Promise((resolve) => {
    let output = ''
    const child = spawn(process.execPath, [renderer, '--check'], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (output += chunk))
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (output += chunk))
    child.on('error', (error) => resolve([error.message]))
    child.on('close', (code) => resolve(code === 0 ? [] : [output.trim() || `hack/render exited with code ${String(code)}`]))
  })
}
