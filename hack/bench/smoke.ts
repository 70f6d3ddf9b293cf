import type { Booted } from '../demo/boot.ts'
import { openVariants } from './variants.ts'
import { interleaved, percentile } from './measure.ts'
import { table } from './markdown-table.ts'

const PATH = '/api/v1/namespaces/shop/configmaps/kube-root-ca.crt'
const ROUNDS = 20

const ratio = (own: number, base: number): string => `${(own / base).toFixed(2)}×`
const milliseconds = (value: number): string => value.toFixed(2)

/** A small GET, one at a time: the latency that a kubectl user notices. Times depend on this machine; compare the ratios. */
export async function smoke({ environment, dir }: Booted): Promise<string> {
  const variants = await openVariants(environment, dir, PATH)
  try {
    const samples = await interleaved(variants, ROUNDS, { warm: 100, perRound: 50 })
    const base = samples[0]
    if (base === undefined) throw new Error('there is nothing to compare with')
    const rows = samples.map(({ name, ms }) => {
      const [p50, p99] = [percentile(ms, 0.5), percentile(ms, 0.99)]
      return [name, milliseconds(p50), ratio(p50, percentile(base.ms, 0.5)), milliseconds(p99), ratio(p99, percentile(base.ms, 0.99))]
    })
    return `GET ${PATH}, one connection, ${ROUNDS * 50} calls an variant\n\n${table(['variant', 'p50 ms', 'to direct', 'p99 ms', 'to direct'], rows)}\n`
  } finally {
    for (const variant of variants) await variant.close()
  }
}
