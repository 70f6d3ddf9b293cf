import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

type Lock = {
  readonly packages: { readonly [path: string]: { readonly dev?: boolean; readonly devOptional?: boolean; readonly optional?: boolean } }
}

/**
 * Folders of the packages that the product needs: the same as `npm ci --omit=dev --omit=optional`, without asking a registry. npm's lock file of what is
 * installed does not do: a package that was for development before stays marked so there. The only optional package is Node itself, which the image has in
 * another place.
 */
export async function productionPackages(root: string): Promise<{ readonly folders: readonly string[]; readonly lock: string }> {
  const lock = await readFile(join(root, 'package-lock.json'), 'utf8')
  const { packages } = JSON.parse(lock) as Lock
  const folders = Object.entries(packages)
    .filter(([path, { dev, devOptional, optional }]) => path !== '' && dev !== true && devOptional !== true && optional !== true)
    .map(([path]) => path)
  if (folders.length === 0) throw new Error('package-lock.json names no production package')
  return { folders, lock: folders.map((path) => `${path} ${JSON.stringify(packages[path])}`).join('\n') }
}
