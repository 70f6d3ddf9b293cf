import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'

/** Packs files of a folder, always to the same bytes, and returns the SHA-256 of the archive in hex. @throws when tar fails */
export async function archive(dir: string, files: readonly string[], to: string): Promise<string> {
  const fixed = ['--sort=name', '--owner=0', '--group=0', '--numeric-owner', '--mtime=@0']
  await promisify(execFile)('tar', ['-czf', to, ...fixed, '-C', dir, ...files], { env: { ...process.env, GZIP: '-n' } })
  return createHash('sha256')
    .update(await readFile(to))
    .digest('hex')
}
