import { findCertManager } from '../cert-manager/build.ts'
import { clientBuilder } from '../clients/build.ts'
import { OLDEST, recipe } from '../clients/recipe.ts'
import { findBinaries } from '../cluster/binaries.ts'
import { createSteps } from '../cluster/build/build-steps.ts'
import type { Settings } from '../cluster/settings.ts'
import { findKeycloak } from '../keycloak/distribution.ts'

type Options = {
  readonly settings: Settings
  readonly say: (line: string) => void
  readonly signal: AbortSignal
}

/**
 * Builds the programs that tests run and the cache lacks, one after another. Built within a test, they would count against its time limit and compete with other tests for
 * the processor: on a slow machine a cluster takes more than half an hour. Never rejects: a test that lacks its program fails and says why.
 */
export async function buildPrograms({ settings, say, signal }: Options): Promise<void> {
  const { cacheDir } = settings
  const clients = clientBuilder(cacheDir, createSteps(say, signal))
  const builds: readonly (readonly [program: string, build: () => Promise<unknown>])[] = [
    ['a cluster', () => findBinaries({ ...settings, say, signal })],
    ['cert-manager', () => findCertManager({ cacheDir, say, signal })],
    ['Keycloak', () => findKeycloak({ cacheDir, say, signal })],
    ['the oldest kubectl', () => clients.kubectl(OLDEST)],
    ['client-go', () => clients.goClient()],
    ...recipe.helm.slice(-1).map((version) => ['helm', () => clients.helm(version)] as const),
  ]
  for (const [program, build] of builds) {
    if (signal.aborted) return
    await build().catch((error: unknown) => say(`${program} was not built: ${error instanceof Error ? error.message : String(error)}`))
  }
}
