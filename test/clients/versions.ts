import { join } from 'node:path'
import { clientBuilder } from '../../hack/clients/build.ts'
import { findKubectls, type Kubectl } from '../../hack/clients/find-kubectls.ts'
import { OLDEST, recipe, releaseOf } from '../../hack/clients/recipe.ts'
import { createSteps } from '../../hack/cluster/build/build-steps.ts'
import { settingsOf } from '../../hack/cluster/settings.ts'
import { environment } from '../cluster/environment.ts'

const say = (line: string): void => void process.stderr.write(`clients: ${line}\n`)

/** Clients from the cache, built if missing. */
export const builder = () => clientBuilder(settingsOf(process.env).cacheDir, createSteps(say, new AbortController().signal))

/** `npm run clients` runs all versions; `npm test` the oldest and the newest, to save time. */
export const everyVersion = (): boolean => process.env['JIT_CLIENTS'] === 'all'

type Version = { readonly version: string; readonly path: () => Promise<string> }

const minorOf = (version: string): string => version.split('.').slice(0, 2).join('.')

/**
 * The versions to test: known before anything is built, because test names need them. `npm test` skips old versions that send the same as
 * the newest.
 */
export async function kubectls(old: 'alike' | 'unlike'): Promise<readonly Version[]> {
  const found = await findKubectls(process.env['PATH'] ?? '')
  const given = found.map(({ version, path }: Kubectl) => ({ version, path: () => Promise.resolve(path) }))
  // A minor that is found on this machine need not be built.
  const lacking = recipe.kubectl.filter((module) => !given.some(({ version }) => minorOf(version) === minorOf(releaseOf(module))))
  const built = lacking.map((module) => ({ version: releaseOf(module), path: () => builder().kubectl(module) }))
  const newest = { version: 'of the cluster', path: async () => join((await environment()).binDir, 'kubectl') }
  const all = [...given, ...built].sort((a, b) => a.version.localeCompare(b.version, 'en', { numeric: true }))
  if (old === 'alike' && !everyVersion()) return [newest]
  return [...(everyVersion() ? all : all.filter(({ version }) => minorOf(version) === minorOf(releaseOf(OLDEST)))), newest]
}

/** Every helm; in `npm test` only the newest. */
export const helms = (): readonly Version[] =>
  recipe.helm.slice(everyVersion() ? 0 : -1).map((version) => ({ version, path: () => builder().helm(version) }))
