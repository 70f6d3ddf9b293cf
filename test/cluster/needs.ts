import { globSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

/** unit: needs only this process; cluster: boots its own cluster; environment: uses the shared environment with everything installed. */
export type Need = 'unit' | 'cluster' | 'environment'

/** hack/demo/boot.ts starts a whole environment of its own, in another process. */
const MARKS = {
  environment: ['test/cluster/environment.ts'],
  cluster: ['hack/cluster/start-cluster.ts', 'hack/demo/boot.ts', 'hack/keycloak/start-keycloak.ts'],
} as const
const IMPORT = /^(?:import|export) (?!type )[^'"]*['"]([.]{1,2}\/[^'"]+[.]ts)['"]/gm

/**
 * Sorts the test files of a project folder by what they need, from their direct and indirect imports. So a run of unit tests boots nothing,
 * and no list or naming rule has to be maintained. Does not follow dynamic imports.
 */
export function testsByNeed(root: string): { readonly [need in Need]: readonly string[] } {
  const reached = new Map<string, ReadonlySet<string>>()
  const reach = (file: string): ReadonlySet<string> => {
    const known = reached.get(file)
    if (known !== undefined) return known
    const all = new Set([file])
    reached.set(file, all) // before its imports are followed, so that a cycle ends here
    for (const imported of importsOf(file)) for (const further of reach(imported)) all.add(further)
    return all
  }
  const sorted: { readonly [need in Need]: string[] } = { unit: [], cluster: [], environment: [] }
  for (const file of globSync('test/**/*.test.ts', { cwd: root }).sort()) {
    const all = reach(join(root, file))
    const imports = (marks: readonly string[]): boolean => marks.some((mark) => all.has(join(root, mark)))
    const need: Need = imports(MARKS.environment) ? 'environment' : imports(MARKS.cluster) ? 'cluster' : 'unit'
    sorted[need].push(file)
  }
  return sorted
}

function importsOf(file: string): readonly string[] {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch {
    return [] // the compiler reports an import of a missing file
  }
  return [...text.matchAll(IMPORT)].map(([, path = '']) => resolve(dirname(file), path))
}
