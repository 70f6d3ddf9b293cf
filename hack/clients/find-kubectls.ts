import { readdir, realpath, stat } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { run } from '../cluster/build/run.ts'

export type Kubectl = {
  /** As `v1.32.5`. */
  readonly version: string
  readonly path: string
}

/** `kubectl`, and what lies beside it under the names that SDKs which bring several give them: `kubectl.1.30`, `kubectl-1.30`. */
const NAME = /^kubectl(?:[.-]v?1[.]\d+(?:[.]\d+)?)?$/

async function programsOf(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch(() => [])
  return names.filter((name) => NAME.test(name)).map((name) => join(folder, name))
}

/** A program that stands for several says so after its version (`v1.32.4-dispatcher`), and is none of them. */
async function asKubectl(path: string): Promise<Kubectl | undefined> {
  const said = await run(path, ['version', '--client', '-o', 'json']).catch(() => '')
  const version = /"gitVersion": "(v1[.]\d+[.]\d+)"/.exec(said)?.[1]
  return version === undefined ? undefined : { version, path }
}

/** Every kubectl in the folders of `path`, and in those that its links lead to: one for each version, oldest first. */
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
