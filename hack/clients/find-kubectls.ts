import { readdir, realpath, stat } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { run } from '../cluster/build/run-build.ts'

export type Kubectl = {
  /** For example `v1.32.5`. */
  readonly version: string
  readonly path: string
}

/** `kubectl`, and the names that SDKs with several versions use: `kubectl.1.30`, `kubectl-1.30`. */
const NAME = /^kubectl(?:[.-]v?1[.]\d+(?:[.]\d+)?)?$/

async function programsOf(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch(() => [])
  return names.filter((name) => NAME.test(name)).map((name) => join(folder, name))
}

/** A dispatcher that runs one of several versions says so after its version (`v1.32.4-dispatcher`) and does not count as a kubectl. */
async function asKubectl(path: string): Promise<Kubectl | undefined> {
  const said = await run(path, ['version', '--client', '-o', 'json']).catch(() => '')
  const version = /"gitVersion": "(v1[.]\d+[.]\d+)"/.exec(said)?.[1]
  return version === undefined ? undefined : { version, path }
}

/** Every kubectl in the folders of `path` and in the folders that symbolic links there lead to. One for each version, oldest first. */
export async function findKubectls(path: string): Promise<readonly Kubectl[]> {
  const files = new Set<string>()
  for (const folder of path.split(delimiter).filter((each) => each !== '')) {
    for (const program of await programsOf(folder)) {
      const real = await realpath(program).catch(() => program)
      for (const each of [real, ...(await programsOf(dirname(real)))]) if ((await stat(each)).isFile()) files.add(each)
    }
  }
  const found = new Map<string, Kubectl>()
  for (const file of files) {
    const kubectl = await asKubectl(file)
    if (kubectl !== undefined && !found.has(kubectl.version)) found.set(kubectl.version, kubectl)
  }
  return [...found.values()].sort((a, b) => a.version.localeCompare(b.version, 'en', { numeric: true }))
}
