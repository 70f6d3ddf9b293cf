import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { cached } from '../../../cluster/build/cache.ts'
import { run } from '../../../cluster/build/run-build.ts'
import { createSteps, type Steps } from '../../../cluster/build/build-steps.ts'

const SOURCES = join(import.meta.dirname, '../../peers')

async function key(): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify({ part: 'peers', platform: process.platform, arch: process.arch }))
  for (const file of ['go.mod', 'main.go']) hash.update(`\n${file}\n`).update(await readFile(join(SOURCES, file)))
  return hash.digest('hex')
}

async function build(out: string, { step, signal }: Steps): Promise<void> {
  await step('the bare Go reverse proxy', async () => {
    await run('go', ['build', '-buildvcs=false', '-trimpath', '-o', join(out, 'peers'), '.'], { cwd: SOURCES, env: { CGO_ENABLED: '0' }, signal })
  })
}

const say = (line: string): void => void process.stderr.write(`${line}\n`)

/** Builds the plain Go reverse proxy, once. The first build needs Go, as the cluster does. */
export async function findPeers(cacheDir: string): Promise<string> {
  const folder = await cached(cacheDir, { name: 'peers', key, build }, createSteps(say, new AbortController().signal))
  return join(folder, 'peers')
}
