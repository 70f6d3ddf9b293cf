import { table } from '../markdown-table.ts'
import type { Variant, Variants } from './variants/variants.ts'
import type { LeakOracle } from './leak-oracle.ts'
import { drain, type Way } from './load.ts'
import { NO_COST } from './variants/process-cost.ts'
import { estimate, median, ratios, say } from './statistics.ts'

const MEGA = 1_000_000
const KINDS = ['plain', 'hits', 'hostile'] as const
const PIECES = [65_536, 64] as const

type Plan = { readonly rounds: number; readonly oracle: LeakOracle }
type Taken = { readonly rate: number; readonly cpuPerMB: number }

type Lane = { readonly variant: Variant; readonly way: Way; readonly taken: Taken[] }

async function follow({ variant, way }: Lane, path: string, oracle: LeakOracle): Promise<Taken> {
  const { cost = NO_COST } = variant
  const before = cost.cpuSeconds()
  const started = performance.now()
  const seen: Buffer[] = []
  const bytes = await drain(way, path, (chunk) => void (variant.ours === true && seen.push(chunk)))
  const seconds = (performance.now() - started) / 1000
  oracle.check(variant.name, seen)
  return { rate: bytes / MEGA / seconds, cpuPerMB: ((cost.cpuSeconds() - before) * 1000 * MEGA) / bytes }
}

/** Runs all variants in turn, forwards and backwards, after one discarded round. */
async function race(variants: readonly Variant[], path: string, { rounds, oracle }: Plan): Promise<readonly (readonly Taken[])[]> {
  const lanes = variants.map((variant): Lane => ({ variant, way: variant.way(1), taken: [] }))
  for (let round = -1; round < rounds; round++) {
    for (const lane of round % 2 === 0 ? lanes : lanes.toReversed()) {
      const one = await follow(lane, path, oracle)
      if (round >= 0) lane.taken.push(one)
    }
  }
  for (const { way } of lanes) await way.pool.close()
  return lanes.map(({ taken }) => taken)
}

const rates = (all: readonly Taken[]): readonly number[] => all.map(({ rate }) => rate)

/**
 * P7: a followed log through known-value masking, compared with proxies that inspect nothing, one of them on the same runtime. 1 000 known
 * values in 14 spellings each.
 */
export async function followedLogs({ go, node, ours }: Variants, plan: Plan): Promise<string> {
  const rows: string[][] = []
  for (const piece of PIECES) {
    let plain = 0
    for (const kind of KINDS) {
      const [inGo = [], bare = [], masked = []] = await race(
        [go, node, ours],
        `/api/v1/namespaces/text-${kind}-${piece}/pods/web/log?follow=true`,
        plan,
      )
      const cpu = median(masked.map(({ cpuPerMB }) => cpuPerMB))
      if (kind === 'plain') plain = cpu
      const to = (others: readonly Taken[]): string => say(estimate(ratios(rates(masked), rates(others))))
      rows.push([String(piece), kind, median(rates(masked)).toFixed(0), to(bare), to(inGo), cpu.toFixed(1), (plain / cpu).toFixed(2)])
    }
  }
  return table(['piece B', 'text', 'MB/s', 'to bare Node proxy', 'to Go ReverseProxy', 'CPU ms/MB', 'speed to plain text, by CPU'], rows)
}
