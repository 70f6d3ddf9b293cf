import { spawn } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** A rendered file and its overlay. */
const RENDERED = [{ overlay: 'kustomize/overlays/default', file: 'manifests/install.yaml' }] as const

const head = (overlay: string): string => `# Rendered from ${overlay} by \`npm run render\`. Do not edit.\n`

/** The output of `kubectl kustomize` for an overlay. @throws Error with kubectl's message */
export function kustomize(kubectl: string, folder: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(kubectl, ['kustomize', folder], { stdio: ['ignore', 'pipe', 'pipe'], timeout: 60_000 })
    const text = { stdout: '', stderr: '' }
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text.stdout += chunk))
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (text.stderr += chunk))
    child.on('error', (error) => reject(new Error(`${kubectl} did not start: ${error.message}`)))
    child.on('close', (code) => {
      // kubectl warns of deprecated fields and continues; here a warning is an error.
      if (code === 0 && text.stderr === '') resolve(text.stdout)
      else reject(new Error(`kubectl kustomize ${folder}: ${text.stderr.trim() || `ended with ${String(code)}`}`))
    })
  })
}

/** Renders every overlay. Returns the files that differ from those on disk; with `write` also writes them. */
export async function render(options: { readonly root: string; readonly kubectl: string; readonly write: boolean }): Promise<readonly string[]> {
  const different: string[] = []
  for (const { overlay, file } of RENDERED) {
    const text = head(overlay) + (await kustomize(options.kubectl, join(options.root, overlay)))
    const path = join(options.root, file)
    if ((await readFile(path, 'utf8').catch(() => '')) === text) continue
    different.push(file)
    if (options.write) await writeFile(path, text)
  }
  return different
}
