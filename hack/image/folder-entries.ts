import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { TarEntry } from './tar.ts'

/** Every parent folder of a path: `a/b/c` gives `a` and `a/b`. */
export function parentsOf(path: string): readonly string[] {
  const parts = path.split('/').slice(0, -1)
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'))
}

export const folder = (path: string): TarEntry => ({ kind: 'folder', path, mode: 0o755 })

/** A folder of this machine as entries under `target`, without the folders named in `skip`. Symbolic links are skipped: none is needed. */
export async function folderEntries(source: string, target: string, skip: ReadonlySet<string> = new Set()): Promise<readonly TarEntry[]> {
  const found: TarEntry[] = [folder(target)]
  for (const entry of await readdir(source, { withFileTypes: true })) {
    const [from, to] = [join(source, entry.name), `${target}/${entry.name}`]
    if (entry.isDirectory() && !skip.has(entry.name)) found.push(...(await folderEntries(from, to, skip)))
    if (entry.isFile()) found.push({ kind: 'copy', path: to, mode: 0o644, source: from })
  }
  return found
}

/** The entries and each of their parent folders once. */
export function withParents(entries: readonly TarEntry[]): readonly TarEntry[] {
  const byPath = new Map(entries.flatMap(({ path }) => parentsOf(path)).map((path) => [path, folder(path)]))
  for (const entry of entries) byPath.set(entry.path, entry)
  return [...byPath.values()]
}
