import { named, type Variant, type Variants } from './variants/variants.ts'
import type { LeakOracle } from './leak-oracle.ts'
import { arrivals, saturate, type Way } from './load.ts'
import { percentile } from '../measure.ts'
import { NO_COST } from './variants/process-cost.ts'
import { estimate, median, ratios, say } from './statistics.ts'
import { table } from '../markdown-table.ts'

type Round = { readonly p50: number; readonly p99: number; readonly cpu: number; readonly rate: number }

const MICRO = 1e6

export type Plan = { readonly path: string; readonly rounds: number; readonly seconds: number; readonly oracle: LeakOracle }

type Load = { readonly lanes: number; readonly rate?: number }

type Lane = { readonly variant: Variant; readonly way: Way }

async function measure({ variant, way }: Lane, plan: Plan, { lanes, rate }: Load): Promise<Round> {
  const { cost = NO_COST } = variant
  const before = cost.cpuSeconds()
  const { path, seconds } = plan
  const done = await (rate === undefined ? saturate(way, path, { lanes, seconds }) : arrivals(way, path, { rate, seconds }))
  const spent = cost.cpuSeconds() - before
  if (variant.ours === true) plan.oracle.check(variant.name, done.chunks)
  const sorted = done.latencies.toSorted((a, b) => a - b)
  return { p50: percentile(sorted, 0.5), p99: percentile(sorted, 0.99), cpu: (spent / sorted.length) * MICRO, rate: sorted.length / done.seconds }
}

/** Time for a JIT-compiled proxy to reach its full speed, as a server that runs for days has. */
const WARM_SECONDS = 6
const WARM_LANES = 32

/** Runs all variants in rounds, forwards and backwards (ABCD DCBA), after warming up each under full load. */
async function race(variants: readonly Variant[], plan: Plan, load: Load): Promise<ReadonlyMap<string, readonly Round[]>> {
  for (const variant of variants) {
    const way = variant.way(WARM_LANES)
    await measure({ variant, way }, { ...plan, seconds: WARM_SECONDS }, { lanes: WARM_LANES })
    await way.pool.close()
  }
  const ways = variants.map((variant) => ({ variant, way: variant.way(load.lanes) }))
  const taken = new Map(variants.map((variant) => [variant.name, [] as Round[]]))
  for (let round = 0; round < plan.rounds; round++)
    for (const lane of round % 2 === 0 ? ways : ways.toReversed()) taken.get(lane.variant.name)?.push(await measure(lane, plan, load))
  for (const { way } of ways) await way.pool.close()
  return taken
}

const column = (rounds: readonly Round[], field: keyof Round): readonly number[] => rounds.map((round) => round[field])

function latencyTable(variants: readonly Variant[], taken: ReadonlyMap<string, readonly Round[]>): string {
  const direct = taken.get('direct') ?? []
  const kubectl = taken.get('kubectl proxy') ?? []
  const rows = variants.map(({ name, cost }) => {
    const rounds = taken.get(name) ?? []
    const added = rounds.map(({ p50 }, index) => p50 - (direct[index]?.p50 ?? 0))
    const cpu =
      cost === undefined
        ? ['-', '-']
        : [median(column(rounds, 'cpu')).toFixed(0), say(estimate(ratios(column(rounds, 'cpu'), column(kubectl, 'cpu'))))]
    const p99 = ratios(column(rounds, 'p99'), column(direct, 'p99'))
    return [name, median(column(rounds, 'p50')).toFixed(2), say(estimate(added)), say(estimate(p99)), ...cpu]
  })
  return table(['variant', 'p50 ms', 'added p50 ms', 'p99 to direct', 'CPU µs', 'CPU to kubectl proxy'], rows)
}

/** P1: latency of a small read, one at a time and at 60 % of the slowest variant's maximum rate. */
export async function latencies(variants: Variants, plan: Plan): Promise<string> {
  const all = named(variants)
  const alone = await race(all, plan, { lanes: 1 })
  const full = await race(all, { ...plan, rounds: 1 }, { lanes: 32 })
  const slowest = Math.min(...[...full.values()].map((rounds) => median(column(rounds, 'rate'))))
  const rate = Math.max(10, Math.floor(slowest * 0.6))
  const together = await race(all, plan, { lanes: 32, rate })
  return [
    'One at a time:',
    latencyTable(all, alone),
    `32 connections, ${rate} requests a second that come when they come (60 % of the slowest variant's most):`,
    latencyTable(all, together),
  ].join('\n\n')
}

/** P2: requests a second on one core. The proxy is pinned to the second core; upstream, load and everything else use the first. */
export async function throughput(variants: Variants, plan: Plan): Promise<string> {
  const proxies = named(variants).filter(({ cost }) => cost !== undefined)
  for (const { cost } of proxies) cost?.pin(1)
  try {
    const taken = await race(proxies, plan, { lanes: 32 })
    const base = taken.get('kubectl proxy') ?? []
    const rows = proxies.map(({ name }) => {
      const rounds = taken.get(name) ?? []
      const perCore = column(rounds, 'cpu').map((cpu) => MICRO / cpu)
      const basePerCore = column(base, 'cpu').map((cpu) => MICRO / cpu)
      return [name, median(column(rounds, 'rate')).toFixed(0), median(perCore).toFixed(0), say(estimate(ratios(perCore, basePerCore)))]
    })
    return table(['variant', 'req/s here', 'req/s of a core by its CPU', 'to kubectl proxy'], rows)
  } finally {
    for (const { cost } of proxies) cost?.pin(undefined)
  }
}
