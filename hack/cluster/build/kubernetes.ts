import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { recipe, SOURCES } from './recipe.ts'
import { run } from './run-build.ts'
import type { Steps } from './build-steps.ts'

/**
 * Builds etcd, the Kubernetes components and kwok as one binary under seven names, and kubectl as another. Copies kwok's stages. Works wherever
 * Go does.
 */
export async function buildKubernetes(out: string, steps: Steps): Promise<void> {
  const { signal } = steps
  await mkdir(join(out, 'bin'), { recursive: true })
  await steps.step('etcd, Kubernetes, kubectl and kwok (cold: about 9 minutes on two cores)', async () => {
    for (const [name, folder] of Object.entries({ cluster: '.', kubectl: './kubectl' })) {
      const args = ['build', '-buildvcs=false', '-trimpath', '-ldflags', recipe.kubernetesFlags, '-o', join(out, 'bin', name), folder]
      await run('go', args, { cwd: SOURCES, env: { CGO_ENABLED: '0' }, signal })
    }
  })
  for (const component of recipe.components) await symlink('cluster', join(out, 'bin', component))
  const kwok = (await run('go', ['list', '-m', '-f', '{{.Dir}}', 'sigs.k8s.io/kwok'], { cwd: SOURCES, signal })).trim()
  const stages = recipe.kwokStages.map((stage) => readFile(join(kwok, 'kustomize/stage', `${stage}.yaml`), 'utf8'))
  await writeFile(join(out, 'kwok-stages.yaml'), (await Promise.all(stages)).map((stage) => `---\n${stage}`).join(''))
}
