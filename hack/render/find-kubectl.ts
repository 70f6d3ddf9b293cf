import { findBinaries } from '../cluster/binaries.ts'
import type { Settings } from '../cluster/settings.ts'
import { join } from 'node:path'

/** The kubectl of the project's own cluster, built if missing, so that every machine renders with the same kustomize. */
export async function findKubectl(settings: Settings, say: (line: string) => void): Promise<string> {
  const { binDir } = await findBinaries({ ...settings, nodeKind: 'none', say, signal: new AbortController().signal })
  return join(binDir, 'kubectl')
}
