import type { Arm } from './arms/arms.ts'
import { loopDelayP99 } from './arms/event-loop.ts'
import type { LeakOracle } from './leak-oracle.ts'
import { get, type Way } from './load.ts'
import { NO_COST } from './arms/process-cost.ts'

const MEGA = 1_000_000

export type Bulk = {
  readonly seconds: number
  /** Megabytes sent to the client: less than upstream sent where values are masked. */
  readonly megabytes: number
  readonly cpuSeconds: number
  /** Peak memory above the level before the run, in MiB. */
  readonly growthMiB: number
  readonly loopP99Ms: number | undefined
}

const loopOf = async ({ metricsUrl }: Arm): Promise<number | undefined> => (metricsUrl === undefined ? undefined : await loopDelayP99(metricsUrl))

/** Fetches several large responses at once and measures from the first request to the last byte. */
async function fetchAtOnce(arm: Arm, way: Way, { path, streams, oracle }: Race): Promise<Bulk> {
  const { cost = NO_COST } = arm
  await loopOf(arm)
  const before = { cpu: cost.cpuSeconds(), resident: cost.residentMiB() }
  cost.resetPeak()
  const started = performance.now()
  const answers = await Promise.all(Array.from({ length: streams }, () => get(way, path)))
  const seconds = (performance.now() - started) / 1000
  const bulk = {
    seconds,
    megabytes: answers.flat().reduce((sum, { length }) => sum + length, 0) / MEGA,
    cpuSeconds: cost.cpuSeconds() - before.cpu,
    growthMiB: Math.max(0, cost.peakMiB() - before.resident),
    loopP99Ms: await loopOf(arm),
  }
  if (arm.ours === true) for (const chunks of answers) oracle.check(arm.name, chunks)
  return bulk
}

export type Race = { readonly path: string; readonly streams: number; readonly rounds: number; readonly oracle: LeakOracle }

/** Runs all arms in turn, forwards and backwards. The first round is discarded. */
export async function raceBulk(arms: readonly Arm[], race: Race): Promise<ReadonlyMap<string, readonly Bulk[]>> {
  const ways = arms.map((arm) => ({ arm, way: arm.way(race.streams) }))
  const taken = new Map(arms.map(({ name }) => [name, [] as Bulk[]]))
  for (let round = -1; round < race.rounds; round++) {
    for (const { arm, way } of round % 2 === 0 ? ways : ways.toReversed()) {
      const bulk = await fetchAtOnce(arm, way, race)
      if (round >= 0) taken.get(arm.name)?.push(bulk)
    }
  }
  for (const { way } of ways) await way.pool.close()
  return taken
}
