import { createHash } from 'node:crypto'
import { cp, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { cached } from '../cluster/build/cache.ts'
import { run } from '../cluster/build/run-build.ts'
import { createSteps, type Steps } from '../cluster/build/build-steps.ts'

const SOURCES = join(import.meta.dirname, 'binary')
const MODULE = 'github.com/cert-manager/cert-manager'

/** Paths of a built cert-manager: the program, and the CustomResourceDefinitions from the same source. */
export type CertManagerFiles = { readonly program: string; readonly crds: string }

async function key(): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify({ part: 'cert-manager', platform: process.platform, arch: process.arch, steps: 1 }))
  for (const file of ['go.mod', 'go.sum', 'main.go']) hash.update(`\n${file}\n`).update(await readFile(join(SOURCES, file)))
  return hash.digest('hex')
}

async function build(out: string, { step, signal }: Steps): Promise<void> {
  await step('cert-manager (cold: about 3 minutes on two cores)', async () => {
    const args = ['build', '-buildvcs=false', '-trimpath', '-ldflags', '-s -w', '-o', join(out, 'cert-manager'), '.']
    await run('go', args, { cwd: SOURCES, env: { CGO_ENABLED: '0' }, signal })
  })
  const module = (await run('go', ['list', '-m', '-f', '{{.Dir}}', MODULE], { cwd: SOURCES, signal })).trim()
  await cp(join(module, 'deploy/crds'), join(out, 'crds'), { recursive: true, mode: 0 })
}

/** Builds cert-manager from Go modules, once. The first build needs Go, as the cluster does. */
export async function findCertManager(options: {
  readonly cacheDir: string
  readonly say: (line: string) => void
  readonly signal: AbortSignal
}): Promise<CertManagerFiles> {
  const folder = await cached(options.cacheDir, { name: 'cert-manager', key, build }, createSteps(options.say, options.signal))
  return { program: join(folder, 'cert-manager'), crds: join(folder, 'crds') }
}
