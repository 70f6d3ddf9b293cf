import { expect, it } from 'vitest'
import { ownEnvironment } from '../cluster/own-environment.ts'

const { environment } = ownEnvironment()
const MIB = 1024 * 1024
/** Within this time garbage from the start is collected, even on a busy machine. */
const REST_MS = 60_000

/** Resident memory as the process itself reports it. */
async function residentMiB(metricsUrl: string): Promise<number> {
  const text = await (await fetch(metricsUrl)).text()
  const bytes = /^process_resident_memory_bytes (\d+)$/m.exec(text)?.[1]
  if (bytes === undefined) throw new Error(`${metricsUrl} does not say what is resident`)
  return Number(bytes) / MIB
}

// The only absolute number among the project's targets. Uses fresh pods: in a shared environment other tests may keep them busy.
it('each deployed server needs less than 150 MB when idle', async () => {
  const { gateway, apiserver, webhook, controller } = environment()
  for (const [part, { metricsUrl }] of Object.entries({ gateway, apiserver, webhook, controller })) {
    await expect
      .poll(() => residentMiB(metricsUrl), { message: `MiB of the ${part}`, timeout: REST_MS, interval: 1_000 })
      .toBeLessThan((150 * 1000 * 1000) / MIB)
  }
})
