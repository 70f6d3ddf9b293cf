import { access, mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const ROOT = '/sys/fs/cgroup'

const holds = (folder: string): Promise<boolean> =>
  access(join(folder, 'cgroup.procs')).then(
    () => true,
    () => false,
  )

/** The cgroup hierarchies of this machine: one with cgroup v2; with v1 a folder for each controller, and `unified` if present. */
async function hierarchies(): Promise<readonly string[]> {
  if (await holds(ROOT)) return [ROOT]
  const found: string[] = []
  for (const entry of await readdir(ROOT, { withFileTypes: true }).catch(() => [])) {
    // Symbolic links like `cpu` → `cpu,cpuacct` name a hierarchy a second time.
    if (entry.isDirectory() && (await holds(join(ROOT, entry.name)))) found.push(join(ROOT, entry.name))
  }
  return found
}

export async function makeCgroups(name: string): Promise<void> {
  for (const hierarchy of await hierarchies()) {
    const folder = join(hierarchy, name)
    await mkdir(folder, { recursive: true })
    // v1 does not inherit these two, and without them no process can join the cgroup.
    for (const file of ['cpuset.cpus', 'cpuset.mems']) {
      const value = await readFile(join(hierarchy, file), 'utf8').catch(() => undefined)
      if (value !== undefined) await writeFile(join(folder, file), value)
    }
    // v2 delegates controllers only on request. A root that may not be written, as in a container, keeps its setting.
    await writeFile(join(hierarchy, 'cgroup.subtree_control'), '+cpuset +cpu +memory +pids').catch(() => undefined)
  }
}

const LIMIT_MS = 10_000

/** Removes the cgroups of a node whose processes are exiting. A cgroup stays busy until its last process is reaped. */
export async function removeCgroups(name: string): Promise<void> {
  const until = performance.now() + LIMIT_MS
  for (const hierarchy of await hierarchies()) {
    const folder = join(hierarchy, name)
    while (!(await removed(folder))) {
      if (performance.now() > until) throw new Error(`${folder} is still in use`)
      await sleep(50)
    }
  }
}

async function removed(folder: string): Promise<boolean> {
  for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
    if (entry.isDirectory() && !(await removed(join(folder, entry.name)))) return false
  }
  return await rmdir(folder).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code === 'ENOENT',
  )
}
