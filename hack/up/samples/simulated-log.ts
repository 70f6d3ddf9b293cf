import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { UpContext } from '../up-context.ts'

const EVERY_MS = 2000

/** A simulated node answers `kubectl logs` from one file in the format of container runtimes. Writes there what `web` would print. */
export function keepSimulatedLog({ cluster, cleanup }: UpContext, password: string): void {
  const file = join(cluster.dir, 'pod.log')
  const line = (): Promise<void> => appendFile(file, `${new Date().toISOString()} stdout F connected to db with password ${password}\n`)
  void line().catch(() => undefined)
  const timer = setInterval(() => void line().catch(() => undefined), EVERY_MS) // the cluster removes the file
  cleanup.add('the simulated log', () => clearInterval(timer))
}
