import type { Variant } from './variants/variants.ts'
import { loopDelayP99 } from './variants/event-loop.ts'
import type { LeakOracle } from './leak-oracle.ts'
import { get, type Way } from './load.ts'
import { NO_COST } from './variants/process-cost.ts'

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

const loopOf = async ({ metricsUrl }: Variant): Promise<number | undefined> => (metricsUrl === undefined ? undefined : await loopDelayP99(metricsUrl))

/** Fetches several large responses at once and measures from the first request to the last byte. */
async function fetchAtOnce(variant: Variant, way: Way, { path, streams, oracle }: Race): Promise<Bulk> {
  const { cost = NO_COST } = variant
  await loopOf(variant)
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
    loopP99Ms: await loopOf(variant),
  }
  if (variant.ours === true) for (const chunks of answers) oracle.check(variant.name, chunks)
  return bulk
}

export type Race = { readonly path: string; readonly streams: number; readonly rounds: number; readonly oracle: LeakOracle }

/** Runs all variants in turn, forwards and backwards. The first round is discarded. */
export async function raceBulk(variants: readonly Variant[], race: Race): Promise<ReadonlyMap<string, readonly Bulk[]>> {
  const ways = variants.map((variant) => ({ variant, way: variant.way(race.streams) }))
  const taken = new Map(variants.map(({ name }) => [name, [] as Bulk[]]))
  for (let round = -1; round < race.rounds; round++) {
    for (const { variant, way } of round % 2 === 0 ? ways : ways.toReversed()) {
      const bulk = await fetchAtOnce(variant, way, race)
      if (round >= 0) taken.get(variant.name)?.push(bulk)
    }
  }
  for (const { way } of ways) await way.pool.close()
  return taken
}
