import { percentile } from '../measure.ts'
import { median } from '../gateway/statistics.ts'
import { table } from '../markdown-table.ts'
import type { Answer, Apiserver } from './apiserver.ts'
import { draft, expectCode, file } from './fill.ts'
import { arrivals } from './load.ts'
import { agent, APPROVER, NOISY } from './benchmark-callers.ts'

const SECONDS = 5
const RATE = 200
const REQUESTERS = 100

type Flood = { readonly name: string; once?(apiserver: Apiserver): Promise<Answer> }

let turn = 0
const FLOODS: readonly Flood[] = [
  { name: 'idle' },
  // Its policy allows 30 that wait: the rest is refused.
  { name: 'one requester, default limits', once: (apiserver) => file(apiserver, NOISY) },
  // 500 that wait are the most that a policy can allow.
  { name: 'one requester, highest limits', once: (apiserver) => file(apiserver, agent(900)) },
  {
    name: `${REQUESTERS} requesters, all accepted`,
    // A server that is busy refuses what it cannot do at once.
    once: (apiserver) => file(apiserver, agent(700 + (turn++ % REQUESTERS))),
  },
]

/** What others do meanwhile: how many a second, and one of it. */
const PROBES = {
  create: { rate: 10, once: async (apiserver: Apiserver) => expectCode(await file(apiserver, agent(turn++ % 50)), 201) },
  decide: {
    rate: 5,
    once: async (apiserver: Apiserver) => {
      const { name, body } = draft()
      expectCode(await apiserver.send(agent(60 + (turn++ % 50)), { method: 'POST', path: 'accessrequests', body }), 201)
      const started = performance.now()
      const approved = { status: { conditions: [{ type: 'Approved', status: 'True', reason: 'Bench' }] } }
      expectCode(await apiserver.send(APPROVER, { method: 'PATCH', path: `accessrequests/${name}/approval`, body: approved }), 200)
      return performance.now() - started
    },
  },
  inbox: {
    rate: 2,
    once: async (apiserver: Apiserver) => expectCode(await apiserver.send(APPROVER, { method: 'GET', path: 'accessrequests?limit=500' }), 200),
  },
} as const
type Probe = keyof typeof PROBES
const NAMES = Object.keys(PROBES) as readonly Probe[]

/** `refused`: share of the flood that was answered 429. */
type Taken = Readonly<Record<Probe, readonly number[]>> & { readonly cpu: number; readonly refused: number }

async function phase(apiserver: Apiserver, { once }: Flood): Promise<Taken> {
  const before = apiserver.cost.cpuSeconds()
  let refused = 0
  const one = async (): Promise<void> => {
    const answer = await once?.(apiserver)
    if (answer === undefined) return
    expectCode(answer, 201, 429)
    if (answer.code === 429) refused += 1
  }
  const flood = once === undefined ? undefined : arrivals(RATE, SECONDS, one)
  const probes = await Promise.all(
    NAMES.map(async (name) => [name, await arrivals(PROBES[name].rate, SECONDS, () => PROBES[name].once(apiserver))] as const),
  )
  await flood
  return {
    ...(Object.fromEntries(probes) as Record<Probe, readonly number[]>),
    cpu: (apiserver.cost.cpuSeconds() - before) / SECONDS,
    refused: refused / (RATE * SECONDS),
  }
}

const times = (own: number, base: number): string => `${own.toFixed(0)} (${(own / base).toFixed(1)}×)`

/** Latencies of others in milliseconds, while somebody files 200 requests a second, and their ratio to those of an idle server. */
export async function floods(apiserver: Apiserver, rounds: number): Promise<string> {
  const all = new Map<string, Taken[]>(FLOODS.map(({ name }) => [name, []]))
  for (let round = 0; round < rounds; round += 1)
    for (const flood of round % 2 === 0 ? FLOODS : FLOODS.toReversed()) all.get(flood.name)?.push(await phase(apiserver, flood))
  const of = (flood: string, probe: Probe, share: number): number => {
    const taken = (all.get(flood) ?? []).flatMap((each) => each[probe])
    return percentile(
      taken.toSorted((a, b) => a - b),
      share,
    )
  }
  const rows = FLOODS.map(({ name }) => [
    name,
    ...NAMES.flatMap((probe) => [0.5, 0.99].map((share) => times(of(name, probe, share), of('idle', probe, share)))),
    median((all.get(name) ?? []).map(({ cpu }) => cpu)).toFixed(2),
    `${(100 * median((all.get(name) ?? []).map(({ refused }) => refused))).toFixed(0)} %`,
  ])
  return table(['who files 200 a second', ...NAMES.flatMap((probe) => [`${probe} p50 ms`, 'p99 ms']), 'CPU s/s', 'refused'], rows)
}
