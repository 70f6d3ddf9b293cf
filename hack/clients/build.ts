import { createHash } from 'node:crypto'
import { copyFile, readdir, readFile, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { cached, type Part } from '../cluster/build/cache.ts'
import { run } from '../cluster/build/run-build.ts'
import type { Steps } from '../cluster/build/build-steps.ts'
import { recipe, releaseOf } from './recipe.ts'

const KUBECTL_SOURCE = join(import.meta.dirname, 'kubectl/main.go')
const GO_CLIENT = join(import.meta.dirname, 'go')
const FLAGS = ['-buildvcs=false', '-trimpath']

async function keyOf(what: string, files: readonly string[]): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify({ what, steps: recipe.steps, platform: process.platform, arch: process.arch }))
  // Their names without folders: all checkouts share what is built.
  for (const file of files) hash.update(`\n${basename(file)}\n`).update(await readFile(file))
  return hash.digest('hex')
}

/** Builds kubectl from a module that requires exactly one version of k8s.io/kubectl; that version's go.mod pins the rest. */
async function buildKubectl(version: string, out: string, { signal, step }: Steps): Promise<void> {
  await copyFile(KUBECTL_SOURCE, join(out, 'main.go'))
  await writeFile(join(out, 'go.mod'), `module jit.access/hack/clients/kubectl\n\ngo 1.21\n\nrequire k8s.io/kubectl ${version}\n`)
  const release = releaseOf(version)
  const [, minor = ''] = release.split('.')
  const variables = [
    `-X k8s.io/component-base/version.gitVersion=${release} -X k8s.io/client-go/pkg/version.gitVersion=${release}`,
    `-X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=${minor}`,
  ]
  const args = ['build', ...FLAGS, '-mod=mod', '-ldflags', ['-s -w', ...variables].join(' '), '-o', 'kubectl', '.']
  await step(`kubectl ${release} (cold: about 2 minutes on two cores)`, () => run('go', args, { cwd: out, env: { CGO_ENABLED: '0' }, signal }))
}

const kubectl = (version: string): Part => ({
  name: `kubectl ${releaseOf(version)}`,
  key: () => keyOf(`kubectl ${version}`, [KUBECTL_SOURCE]),
  build: (out, steps) => buildKubectl(version, out, steps),
})

const helm = (version: string): Part => ({
  name: `helm ${version}`,
  key: () => keyOf(`helm ${version}`, []),
  build: async (out, { signal, step }) => {
    const [major = ''] = version.split('.')
    const args = ['install', ...FLAGS, '-ldflags', '-s -w', `helm.sh/helm/${major}/cmd/helm@${version}`]
    await step(`helm ${version} (cold: about 4 minutes on two cores)`, () =>
      run('go', args, { cwd: out, env: { CGO_ENABLED: '0', GOBIN: out }, signal }),
    )
  },
})

const goClient: Part = {
  name: 'client-go',
  key: async () =>
    keyOf(
      'client-go',
      (await readdir(GO_CLIENT)).sort().map((file) => join(GO_CLIENT, file)),
    ),
  build: async (out, { signal, step }) => {
    const args = ['build', ...FLAGS, '-ldflags', '-s -w', '-o', join(out, 'client-go'), '.']
    await step('a program on client-go (cold: about 1 minute on two cores)', () =>
      run('go', args, { cwd: GO_CLIENT, env: { CGO_ENABLED: '0' }, signal }),
    )
  },
}

/** The library and its dependencies, as pip resolves them for this machine's Python. */
const python: Part = {
  name: 'the Python client',
  key: () => keyOf(`python ${recipe.python}`, []),
  build: async (out, { signal, step }) => {
    const args = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--target', out, `kubernetes==${recipe.python}`]
    await step('the Python client', () => run('python3', args, { cwd: out, signal }))
  },
}

/**
 * Returns the paths of built clients, from the cache or by building them, which needs Go, or Python with pip.
 * @throws CommandFailed with Go's output
 */
export function clientBuilder(cacheDir: string, steps: Steps) {
  return {
    kubectl: async (version: string): Promise<string> => join(await cached(cacheDir, kubectl(version), steps), 'kubectl'),
    helm: async (version: string): Promise<string> => join(await cached(cacheDir, helm(version), steps), 'helm'),
    /** A folder for PYTHONPATH. */
    python: (): Promise<string> => cached(cacheDir, python, steps),
    goClient: async (): Promise<string> => join(await cached(cacheDir, goClient, steps), 'client-go'),
  }
}
