import { rename, rm, writeFile } from 'node:fs/promises'
import type { Environment } from '../../demo/environment.ts'
import type { Cleanup } from '../cleanup.ts'
import type { Servers } from '../server-names.ts'
import type { Say } from '../progress.ts'

/** Replaces the file by rename, so that a reader finds the old file or the new one, never half of one. */
async function write(file: string, environment: Environment): Promise<void> {
  await writeFile(`${file}.new`, JSON.stringify(environment, null, 2), { mode: 0o600 })
  await rename(`${file}.new`, file)
}

type Keep = { readonly file: string; readonly environment: Environment; readonly servers: Servers; readonly cleanup: Cleanup; readonly say: Say }

/** Writes up.json, and rewrites it whenever a server was restarted, since its pid or pod has changed. */
export async function keepUpFile({ file, environment, servers, cleanup, say }: Keep): Promise<void> {
  let current = environment.processes
  let ended = false
  let writing = write(file, environment)
  const again = async (): Promise<void> => {
    // A server that is down has no process; keep the last one until there is another.
    const running = Object.entries(await servers.processes()).filter(([, place]) => place !== 0 && place !== '')
    const processes = { ...current, ...Object.fromEntries(running) }
    if (ended || JSON.stringify(processes) === JSON.stringify(current)) return
    await write(file, { ...environment, processes })
    current = processes
  }
  // Added last, so it runs first: readers must not find an environment that is ending.
  cleanup.add('up.json', async () => {
    ended = true
    await writing
    await rm(file, { force: true })
  })
  await writing
  servers.onChange(() => void (writing = writing.then(again).catch((error: unknown) => say(`up.json is not up to date: ${String(error)}`))))
}
