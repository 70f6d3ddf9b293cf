import { expect, it } from 'vitest'
import { until } from '../../until.ts'
import type { OwnEnvironment } from './own-environment.ts'

const MIB = 1024 * 1024
const LIMIT_MIB = (150 * 1000 * 1000) / MIB

/** Resident memory as the process itself reports it. */
async function residentMiB(metricsUrl: string): Promise<number> {
  const text = await (await fetch(metricsUrl)).text()
  const bytes = /^process_resident_memory_bytes (\d+)$/m.exec(text)?.[1]
  if (bytes === undefined) throw new Error(`${metricsUrl} does not say what is resident`)
  return Number(bytes) / MIB
}

/** The only absolute number among the project's targets. For fresh pods: others may be busy. */
export function idleMemory({ environment }: OwnEnvironment): void {
  it('each deployed server needs less than 150 MB when idle', async () => {
    const { gateway, apiserver, webhook, console, login, controller } = environment()
    for (const [part, { metricsUrl }] of Object.entries({ gateway, apiserver, webhook, console, login, controller })) {
      let resident = Infinity
      // Garbage from the start has to be collected first, for which a server waits until the machine has time.
      await until(`the ${part} is at rest`, async () => (resident = await residentMiB(metricsUrl)) < LIMIT_MIB, {
        everyMs: 1000,
        seconds: 240,
      }).catch(() => undefined)
      expect(resident, `MiB of the ${part}`).toBeLessThan(LIMIT_MIB)
    }
  })
}
