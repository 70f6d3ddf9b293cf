import { readFile } from 'node:fs/promises'
import type { Environment } from '../demo/environment.ts'

/** Whether the folder's up.json names a cluster that still runs. */
export async function isRunning(upFile: string): Promise<boolean> {
  const text = await readFile(upFile, 'utf8').catch(() => undefined)
  if (text === undefined) return false
  const pid = (JSON.parse(text) as Environment).processes['kube-apiserver']
  try {
    return typeof pid === 'number' && process.kill(pid, 0)
  } catch {
    return false
  }
}
