import { readdir } from 'node:fs/promises'
import { join, relative } from 'node:path'

/** The files of a folder whose names match, as paths from `root`. @throws ENOENT for a missing folder: a check must not pass without it */
export async function filesIn(
  root: string,
  folder: string,
  { name, recursive = true }: { readonly name: RegExp; readonly recursive?: boolean },
): Promise<readonly string[]> {
  const entries = await readdir(join(root, folder), { recursive, withFileTypes: true })
  return entries.filter((entry) => entry.isFile() && name.test(entry.name)).map((entry) => relative(root, join(entry.parentPath, entry.name)))
}
