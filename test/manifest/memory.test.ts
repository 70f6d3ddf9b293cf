import { expect, it } from 'vitest'
import { ownEnvironment } from '../cluster/own-environment.ts'

const { environment } = ownEnvironment()
const MIB = 1024 * 1024
/** Within this time what a start leaves behind is collected, on a busy machine too. */
const REST_MS = 60_000

/** What the process itself finds of its memory in RAM. */
async function residentMiB(metricsUrl: string): Promise<number> {
  const text = await (await fetch(metricsUrl)).text()
  const bytes = /^process_resident_memory_bytes (\d+)$/m.exec(text)?.[1]
  if (bytes === undefined) throw new Error(`${metricsUrl} does not say what is resident`)
  return Number(bytes) / MIB
}

// The one absolute number of the project's targets. Fresh pods: in a shared environment others may have them work.
it('each deployed server rests below 150 MB', async () => {
  const { gateway, apiserver, webhook } = environment()
  for (const [part, { metricsUrl }] of Object.entries({ gateway, apiserver, webhook })) {
    await expect
      .poll(() => residentMiB(metricsUrl), { message: `MiB of the ${part}`, timeout: REST_MS, interval: 1_000 })
      .toBeLessThan((150 * 1000 * 1000) / MIB)
  }
})
