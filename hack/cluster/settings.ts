import { homedir } from 'node:os'
import { join } from 'node:path'

/** The environment variables that a cluster depends on; the caller, a main.ts, passes them in. */
export type Settings = { readonly cacheDir: string; readonly assetsDir?: string }

export function settingsOf(env: { readonly [name: string]: string | undefined }): Settings {
  const caches = env['XDG_CACHE_HOME'] || join(homedir(), '.cache')
  const assetsDir = env['KUBEBUILDER_ASSETS'] || undefined
  return { cacheDir: join(caches, 'jit-access/cluster'), ...(assetsDir === undefined ? {} : { assetsDir }) }
}
