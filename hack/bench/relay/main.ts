/**
 * exec through the gateway's relay beside a bare proxy of Node, without a cluster: CPU of the proxy for each MB, and the ratio of speeds.
 *
 *   node hack/bench/relay/main.ts [--megabytes 60] [--rounds 5] [--part out-text]... [--also DIR] [--prof DIR]
 *
 * `--also`: the root of another checkout, whose relay runs as a third variant. `--prof`: where the relay of this checkout writes a CPU profile.
 */
import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAuthority } from '../../cluster/certificate-authority.ts'
import { readArguments } from '../../read-arguments.ts'
import { firstUrl, startChild, type Child } from '../gateway/variants/child.ts'
import { costOf } from '../gateway/variants/process-cost.ts'
import { estimate, median, ratios, say } from '../gateway/statistics.ts'
import { table } from '../markdown-table.ts'
import { transfer } from './stream-client.ts'

const USAGE = 'usage: node hack/bench/relay/main.ts [--megabytes 60] [--rounds 5] [--part out-text]... [--also DIR] [--prof DIR]\n'
const { values } = readArguments(USAGE, {
  megabytes: { type: 'string', default: '60' },
  rounds: { type: 'string', default: '5' },
  part: { type: 'string', multiple: true },
  also: { type: 'string' },
  prof: { type: 'string' },
})
const megabytes = Number(values.megabytes)
const rounds = Number(values.rounds)
/** kube-apiserver sends output in pieces of 2 to 4 KB; kubectl sends input in pieces of 32 KiB. */
const PARTS = { 'out-text': 4096, 'out-random': 4096, 'out-zeros': 4096, 'in-random': 32_768, 'in-text': 32_768 } as const

const dir = await mkdtemp(join(tmpdir(), 'bench-relay-'))
const authority = await createAuthority('bench')
const [serving, client] = await Promise.all([
  authority.issue({ commonName: 'localhost', usage: 'server', dns: ['localhost'] }),
  authority.issue({ commonName: 'bench', usage: 'client' }),
])
const file = async (name: string, text: string): Promise<string> => {
  await writeFile(join(dir, name), text, { mode: 0o600 })
  return join(dir, name)
}
const [ca, cert, key, clientCert, clientKey] = await Promise.all([
  file('ca.crt', authority.cert),
  file('tls.crt', serving.cert),
  file('tls.key', serving.key),
  file('client.crt', client.cert),
  file('client.key', client.key),
])
/** `program`: its path in hack/bench and its arguments, after flags of Node. */
const node = (root: string, program: readonly [string, ...string[]], nodeFlags: readonly string[] = []): Promise<Child> => {
  const [path, ...rest] = program
  return startChild({ command: process.execPath, args: [...nodeFlags, join(root, 'hack/bench', path), ...rest], url: firstUrl })
}
const here = join(import.meta.dirname, '../../..')
const upstream = await node(here, ['relay/stream-source.ts', `--cert=${cert}`, `--key=${key}`])
const flags = [
  `--upstream=${upstream.url}`,
  `--ca=${ca}`,
  `--client-cert=${clientCert}`,
  `--client-key=${clientKey}`,
  `--server-cert=${cert}`,
  `--server-key=${key}`,
]
/** The flags of the image: Dockerfile and hack/image/contents.ts. */
const GATEWAY = ['--disable-sigusr1', '--max-semi-space-size=16']
const variants = await Promise.all(
  [
    { name: 'bare Node proxy', child: node(here, ['gateway/variants/pass-through.ts', ...flags]) },
    ...(values.also === undefined ? [] : [{ name: values.also, child: node(values.also, ['relay/measured-gateway.ts', ...flags], GATEWAY) }]),
    {
      name: 'gateway',
      child: node(
        here,
        ['relay/measured-gateway.ts', ...flags],
        [...GATEWAY, ...(values.prof === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${values.prof}`])],
      ),
    },
  ].map(async ({ name, child }) => {
    const started = await child
    return { name, child: started, url: started.url, cost: costOf(started.pid) }
  }),
)

type Taken = { readonly rate: number; readonly cpu: number }
const caText = await readFile(ca, 'utf8')
const sample = randomBytes(1 << 15)
const input = Array.from({ length: Math.ceil((megabytes * 1e6) / sample.length) }, () => sample)

async function once(variant: (typeof variants)[number], part: keyof typeof PARTS, webSockets: boolean): Promise<Taken> {
  const [direction, what] = part.split('-')
  const before = variant.cost.cpuSeconds()
  const started = performance.now()
  const got = await transfer({
    url: variant.url,
    ca: caText,
    webSockets,
    path: `/exec/${direction}/${what}/${megabytes}/${PARTS[part]}?command=cat`,
    ...(direction === 'in' ? { input } : {}),
  })
  const seconds = (performance.now() - started) / 1000
  if (direction === 'out' && got < megabytes * 1e6) throw new Error(`${variant.name}: ${got} bytes came`)
  return { rate: megabytes / seconds, cpu: ((variant.cost.cpuSeconds() - before) * 1000) / megabytes }
}

const rates = (all: readonly Taken[]): readonly number[] => all.map(({ rate }) => rate)
const cpus = (all: readonly Taken[]): readonly number[] => all.map(({ cpu }) => cpu)
const to = (own: readonly number[], base: readonly number[]): string => say(estimate(ratios(own, base)))

/** One row for each variant. The first variant is what the others are compared with. */
function rowsOf(what: string, taken: readonly (readonly Taken[])[]): readonly (readonly string[])[] {
  const [bare = []] = taken
  return variants.map(({ name }, index) => {
    const own = taken[index] ?? []
    return [what, name, median(cpus(own)).toFixed(1), to(cpus(own), cpus(bare)), median(rates(own)).toFixed(0), to(rates(own), rates(bare))]
  })
}

const rows: (readonly string[])[] = []
try {
  for (const part of Object.keys(PARTS) as (keyof typeof PARTS)[]) {
    if (values.part !== undefined && !values.part.includes(part)) continue
    for (const webSockets of [true, false]) {
      const taken = variants.map((): Taken[] => [])
      for (let round = -1; round < rounds; round++) {
        const order = round % 2 === 0 ? [...variants.entries()] : [...variants.entries()].toReversed()
        for (const [index, variant] of order) {
          const one = await once(variant, part, webSockets)
          if (round >= 0) taken[index]?.push(one)
        }
      }
      rows.push(...rowsOf(`${part}, ${webSockets ? 'WebSocket' : 'SPDY'}`, taken))
    }
  }
} finally {
  await Promise.all([...variants.map(({ child }) => child.stop()), upstream.stop()])
  await rm(dir, { recursive: true, force: true })
}
process.stdout.write(`${table(['what', 'variant', 'CPU ms/MB', 'CPU to bare', 'MB/s', 'speed to bare'], rows)}\n`)
