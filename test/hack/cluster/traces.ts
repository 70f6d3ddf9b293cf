import { access, readdir, readFile } from 'node:fs/promises'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'

/** Everything on this machine that belongs to the cluster of a folder and must be gone after it stopped. */
export type Traces = {
  readonly processes: readonly string[]
  readonly links: readonly string[]
  readonly cgroups: readonly string[]
  readonly mounts: readonly string[]
  readonly files: readonly string[]
}

export const NO_TRACES: Traces = { processes: [], links: [], cgroups: [], mounts: [], files: [] }

/** Other clusters may start and stop on the machine meanwhile, so only what carries the folder's or the port's mark counts. */
export async function tracesOf(dir: string, port: number): Promise<Traces> {
  const there = await access(dir).then(
    () => [dir],
    () => [],
  )
  return {
    processes: await processesOf(dir),
    links: Object.keys(networkInterfaces()).filter((name) => name.startsWith(`jn${port}`)),
    cgroups: await cgroupsOf(`jn-${port}`),
    mounts: (await readFile('/proc/mounts', 'utf8').catch(() => '')).split('\n').filter((line) => line.includes(dir)),
    files: there,
  }
}

/** Finds processes by command line, environment or working folder: a container's processes have at least one of the last two. */
async function processesOf(dir: string): Promise<readonly string[]> {
  const found: string[] = []
  for (const pid of await readdir('/proc').catch(() => [])) {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) continue
    const texts = await Promise.all(['cmdline', 'environ', 'cgroup'].map((name) => readFile(join('/proc', pid, name), 'utf8').catch(() => '')))
    if (texts.some((text) => text.includes(dir))) found.push(`${pid} ${(texts[0] ?? '').replaceAll('\0', ' ')}`)
  }
  return found
}

async function cgroupsOf(name: string): Promise<readonly string[]> {
  const root = '/sys/fs/cgroup'
  const hierarchies = [root, ...(await readdir(root).catch(() => [])).map((entry) => join(root, entry))]
  const found = await Promise.all(
    hierarchies.map((hierarchy) =>
      access(join(hierarchy, name)).then(
        () => [join(hierarchy, name)],
        () => [],
      ),
    ),
  )
  return found.flat()
}
