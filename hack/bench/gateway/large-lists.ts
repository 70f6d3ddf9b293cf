import { createKnownValues, createPlaceholders } from '../../../domain/mask/masker.ts'
import { treeMask } from '../mask/tree-mask.ts'
import { table } from '../markdown-table.ts'
import { named, type Variant, type Variants } from './variants/variants.ts'
import { raceBulk, type Bulk, type Race } from './bulk.ts'
import { secretList } from './upstream/content.ts'
import type { LeakOracle } from './leak-oracle.ts'
import { estimate, median, ratios, say } from './statistics.ts'

const MEGA = 1_000_000
const STREAMS = 8

const column = (all: readonly Bulk[], of: (bulk: Bulk) => number): readonly number[] => all.map(of)
const wall = ({ seconds }: Bulk): number => seconds

type Plan = { readonly path: string; readonly rounds: number; readonly oracle: LeakOracle }

function rowsOf(
  variants: readonly Variant[],
  taken: ReadonlyMap<string, readonly Bulk[]>,
  { streams, megabytes }: { streams: number; megabytes: number },
): string[][] {
  const direct = taken.get('direct') ?? []
  return variants.map(({ name, cost }) => {
    const all = taken.get(name) ?? []
    const loops = all.flatMap(({ loopP99Ms }) => loopP99Ms ?? [])
    return [
      name,
      median(column(all, wall)).toFixed(2),
      say(estimate(ratios(column(all, wall), column(direct, wall)))),
      cost === undefined ? '-' : (median(column(all, ({ cpuSeconds }) => cpuSeconds * 1000)) / megabytes).toFixed(2),
      cost === undefined ? '-' : (median(column(all, ({ growthMiB }) => growthMiB)) / streams).toFixed(1),
      loops.length === 0 ? '-' : median(loops).toFixed(1),
    ]
  })
}

const HEAD = ['variant', 'wall s', 'to direct', 'CPU ms/MB', 'growth MiB a stream', 'loop p99 ms']

/** P3: a list that is passed through, alone and several at once. Also returns kube-apiserver's rate in MB/s. */
export async function passThrough(variants: Variants, plan: Plan): Promise<{ readonly text: string; readonly rate: number }> {
  const all = named(variants)
  const one = await raceBulk(all, { ...plan, streams: 1 })
  const direct = one.get('direct') ?? []
  const megabytes = median(column(direct, (bulk) => bulk.megabytes))
  const several: Race = { ...plan, streams: STREAMS, rounds: Math.min(3, plan.rounds) }
  const many = await raceBulk([variants.direct, variants.ours, variants.go], several)
  const text = [
    `One list of ${megabytes.toFixed(0)} MB:`,
    table(HEAD, rowsOf(all, one, { streams: 1, megabytes })),
    `${STREAMS} of them at once:`,
    table(HEAD, rowsOf([variants.direct, variants.ours, variants.go], many, { streams: STREAMS, megabytes: megabytes * STREAMS })),
  ].join('\n\n')
  return { text, rate: megabytes / median(column(direct, wall)) }
}

/** CPU seconds to mask the same list the plain way: parse, walk the tree, print. */
function treeSeconds(body: Buffer): number {
  const options = { known: createKnownValues([]), placeholders: createPlaceholders({ key: Buffer.alloc(32, 1), session: 'bench' }) }
  const before = process.cpuUsage()
  treeMask(body, options)
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1e6
}

/** P4: lists of Secrets, masked by the gateway and unmasked directly from upstream, which sends at the rate that kube-apiserver had in P3. */
export async function maskedLists(variants: Variants, plan: Omit<Plan, 'path'> & { readonly rate: number }): Promise<string> {
  const parts: string[] = []
  const rate = Math.max(1, Math.round(plan.rate))
  for (const length of [24, 1024, 65_536]) {
    const body = secretList({ bytes: 50 * MEGA, length, canary: plan.oracle.canary, namespace: 'bench' })
    const megabytes = body.length / MEGA
    const path = (at: number): string => `/api/v1/namespaces/values-${length}-at-${at}/secrets`
    const paced = await raceBulk([variants.direct, variants.ours], { ...plan, path: path(rate), streams: 1 })
    const fast = await raceBulk([variants.direct, variants.ours], { ...plan, path: path(0), streams: 1 })
    const ours = median(column(fast.get('gateway') ?? [], ({ cpuSeconds }) => cpuSeconds))
    const tree = median([treeSeconds(body), treeSeconds(body), treeSeconds(body)])
    parts.push(
      `Values of ${length} bytes, ${megabytes.toFixed(0)} MB in, ${(paced.get('gateway')?.[0]?.megabytes ?? 0).toFixed(1)} MB out, ${rate} MB/s:`,
      table(HEAD, rowsOf([variants.direct, variants.ours], paced, { streams: 1, megabytes })),
      `As fast as it goes: ${say(estimate(ratios(column(fast.get('gateway') ?? [], wall), column(fast.get('direct') ?? [], wall))))} of direct. A tree mask alone takes ${(tree / ours).toFixed(1)} times the CPU of the whole gateway.`,
    )
  }
  return parts.join('\n\n')
}
