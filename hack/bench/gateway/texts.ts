import { table } from '../table.ts'
import type { Arm, Arms } from './arms.ts'
import type { LeakOracle } from './leak-oracle.ts'
import { drain, type Way } from './load.ts'
import { estimate, median, ratios, say } from './statistics.ts'

const MEGA = 1_000_000
const KINDS = ['plain', 'hits', 'hostile'] as const
const PIECES = [65_536, 4096, 64, 1] as const

type Plan = { readonly rounds: number; readonly oracle: LeakOracle }
type Taken = { readonly rate: number; readonly cpuPerMB: number }

async function follow(arm: Arm, way: Way, path: string, oracle: LeakOracle): Promise<Taken> {
  const before = arm.cost?.cpuSeconds() ?? 0
  const started = performance.now()
  const seen: Buffer[] = []
  const bytes = await drain(way, path, (chunk) => void (arm.ours === true && seen.push(chunk)))
  const seconds = (performance.now() - started) / 1000
  const spent = (arm.cost?.cpuSeconds() ?? 0) - before
  oracle.check(arm.name, seen)
  return { rate: bytes / MEGA / seconds, cpuPerMB: (spent * 1000 * MEGA) / bytes }
}

/** P7: a followed log through known-value masking, beside a proxy that looks at nothing. Known values: 1 000, in 14 spellings each. */
export async function followedLogs(arms: Arms, { rounds, oracle }: Plan): Promise<string> {
  const compared = [arms.go, arms.ours]
  const ways = new Map(compared.map((arm) => [arm, arm.way(1)]))
  const rows: string[][] = []
  for (const piece of PIECES) {
    let plain = 0
    for (const kind of KINDS) {
      const path = `/api/v1/namespaces/text-${kind}-${piece}/pods/web/log?follow=true`
      const taken = new Map(compared.map((arm) => [arm, [] as Taken[]]))
      for (let round = -1; round < rounds; round++) {
        for (const arm of round % 2 === 0 ? compared : compared.toReversed()) {
          const way = ways.get(arm)
          if (way === undefined) continue
          const one = await follow(arm, way, path, oracle)
          if (round >= 0) taken.get(arm)?.push(one)
        }
      }
      const [bare = [], ours = []] = compared.map((arm) => taken.get(arm))
      const cpu = median(ours.map(({ cpuPerMB }) => cpuPerMB))
      if (kind === 'plain') plain = cpu
      const wall = ratios(
        ours.map(({ rate }) => rate),
        bare.map(({ rate }) => rate),
      )
      rows.push([String(piece), kind, median(ours.map(({ rate }) => rate)).toFixed(0), say(estimate(wall)), cpu.toFixed(1), (plain / cpu).toFixed(2)])
    }
  }
  for (const { pool } of ways.values()) await pool.close()
  return table(['piece B', 'text', 'MB/s', 'to Go ReverseProxy', 'CPU ms/MB', 'speed to plain text, by CPU'], rows)
}
