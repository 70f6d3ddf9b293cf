import { randomBytes, randomUUID } from 'node:crypto'
import { spawn } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Booted } from '../demo/boot.ts'
import { bareFlags, startNodeProxy } from './gateway/variants/variants.ts'
import { openSite, writeKubeconfig, type Site } from './gateway/run-files.ts'
import { estimate, median, ratios, say } from './gateway/statistics.ts'
import { runKubectl, type Ran } from './streams/kubectl.ts'
import { allowStreams } from './streams/allow-streams.ts'
import { table } from './markdown-table.ts'

const MEGA = 1_000_000
const TRANSPORTS = { WebSocket: true, SPDY: false } as const

type Variant = { readonly name: string; readonly kubeconfig: string }
type Setup = { readonly site: Site; readonly binDir: string; readonly pod: string; readonly bytes: number; readonly sent: Buffer }
/** One way to transfer the bytes; returns how many of them arrived unchanged. */
type Move = {
  readonly name: string
  readonly once: (setup: Setup, variant: Variant, webSockets: boolean) => Promise<{ readonly arrived: number; readonly ms: number }>
}

const call = ({ binDir }: Setup, { kubeconfig }: Variant, webSockets: boolean) => ({ binDir, kubeconfig, webSockets })
const shell = (pod: string, script: string, ...flags: readonly string[]): readonly string[] => [
  '-n',
  'shop',
  'exec',
  ...flags,
  pod,
  '--',
  'sh',
  '-c',
  script,
]

/** Length of the common prefix. */
function same(sent: Buffer, came: Buffer): number {
  if (came.equals(sent)) return sent.length
  let at = 0
  while (at < came.length && came[at] === sent[at]) at++
  return at
}

type Copy = { readonly webSockets: boolean; readonly inwards: boolean }

async function copy(setup: Setup, variant: Variant, { webSockets, inwards }: Copy): Promise<{ readonly arrived: number; readonly ms: number }> {
  const { site, pod, sent } = setup
  const [here, there] = [join(site.dir, randomUUID()), `/tmp/${randomUUID()}`]
  const way = call(setup, variant, webSockets)
  const direct = { ...way, kubeconfig: site.booted.environment.kubeconfigs.admin }
  const [source, target] = [`${here}.there`, `${here}.back`]
  await writeFile(source, sent)
  const put = await runKubectl(inwards ? way : direct, ['-n', 'shop', 'cp', source, `${pod}:${there}`])
  // Verify a copy into the pod from inside: copying it back may lose bytes by itself.
  const { ms }: Ran = inwards ? put : await runKubectl(way, ['-n', 'shop', 'cp', `${pod}:${there}`, target])
  const inside = await runKubectl(direct, shell(pod, `wc -c < ${there}; sha256sum ${there}; rm -f ${there}`))
  if (inwards) return { ms, arrived: put.code === 0 ? Number.parseInt(inside.out.toString(), 10) : 0 }
  const came = await readFile(target).catch(() => Buffer.alloc(0))
  return { ms, arrived: same(sent, came) }
}

const MOVES: readonly Move[] = [
  {
    name: 'exec out',
    once: async (setup, variant, webSockets) => {
      const { out, ms } = await runKubectl(
        call(setup, variant, webSockets),
        shell(setup.pod, `yes 'a line of a log, as long as lines are' | head -c ${setup.bytes}`),
      )
      return { arrived: out.length, ms }
    },
  },
  {
    name: 'exec zeros',
    once: async (setup, variant, webSockets) => {
      const { out, ms } = await runKubectl(call(setup, variant, webSockets), [
        '-n',
        'shop',
        'exec',
        setup.pod,
        '--',
        'head',
        '-c',
        String(setup.bytes),
        '/dev/zero',
      ])
      return { arrived: out.length, ms }
    },
  },
  {
    name: 'exec in',
    once: async (setup, variant, webSockets) => {
      const { out, ms } = await runKubectl(call(setup, variant, webSockets), shell(setup.pod, 'wc -c', '-i'), setup.sent)
      return { arrived: Number(out.toString()), ms }
    },
  },
  { name: 'cp in', once: (setup, variant, webSockets) => copy(setup, variant, { webSockets, inwards: true }) },
  { name: 'cp out', once: (setup, variant, webSockets) => copy(setup, variant, { webSockets, inwards: false }) },
]

type Race = { readonly move: Move; readonly rounds: number }

async function race(setup: Setup, variants: readonly Variant[], { move, rounds }: Race): Promise<readonly (readonly string[])[]> {
  const rows: string[][] = []
  for (const [transport, webSockets] of Object.entries(TRANSPORTS)) {
    const rates = new Map(variants.map(({ name }) => [name, [] as number[]]))
    const short = new Map(variants.map(({ name }) => [name, 0]))
    for (let round = 0; round < rounds; round++) {
      for (const variant of round % 2 === 0 ? variants : variants.toReversed()) {
        const { arrived, ms } = await move.once(setup, variant, webSockets)
        rates.get(variant.name)?.push(setup.bytes / MEGA / (ms / 1000))
        if (arrived !== setup.bytes) short.set(variant.name, (short.get(variant.name) ?? 0) + 1)
      }
    }
    process.stderr.write(
      `${move.name} over ${transport}: ${[...rates].map(([name, all]) => `${name} ${all.map((rate) => rate.toFixed(1)).join(' ')}`).join('; ')}; missing ${[...short.values()].join(' ')}\n`,
    )
    const of = (name: string): readonly number[] => rates.get(name) ?? []
    const to = (name: string): string => (of(name).length === 0 || of('gateway').length === 0 ? '' : say(estimate(ratios(of('gateway'), of(name)))))
    rows.push([
      move.name,
      transport,
      ...variants.map(({ name }) => `${median(of(name)).toFixed(0)} (${short.get(name)})`),
      to('bare Node proxy'),
      to('direct'),
    ])
  }
  return rows
}

/** Keeps as many cores busy as there are processes, like a machine with other work. */
function makeBusy(processes: number): () => void {
  const children = Array.from({ length: processes }, () => spawn(process.execPath, ['-e', 'for(;;);'], { stdio: 'ignore' }))
  return () => {
    for (const child of children) child.kill('SIGKILL')
  }
}

/** Names of the variants, in the order of the table. */
export const VARIANTS = ['direct', 'bare Node proxy', 'gateway'] as const

export type StreamsOptions = {
  readonly rounds: number
  readonly megabytes: number
  readonly load: number
  readonly parts: readonly string[] | undefined
  /** The VARIANTS to measure. Undefined: all. */
  readonly only: readonly string[] | undefined
}

/**
 * Throughput of kubectl exec and cp directly, through a plain Node proxy and through the gateway, and how often bytes were missing. When a
 * process ends, upstream drops what a slow reader has not read, so the direct variant may lose bytes too.
 */
export async function streams(booted: Booted, { rounds, megabytes, load, parts, only }: StreamsOptions): Promise<string> {
  const site = await openSite(booted)
  const { environment } = booted
  const proxy = await startNodeProxy(bareFlags(site, { url: environment.kubernetes.url, ca: site.kubernetesCA }))
  const variants: readonly Variant[] = [
    { name: 'direct', kubeconfig: environment.kubeconfigs.admin },
    { name: 'bare Node proxy', kubeconfig: await writeKubeconfig(join(site.dir, 'bare.kubeconfig'), proxy.url, site) },
    { name: 'gateway', kubeconfig: environment.kubeconfigs.agent },
  ].filter(({ name }) => only?.includes(name) ?? true)
  const pod = await allowStreams(environment)
  const bytes = megabytes * MEGA
  const setup: Setup = { site, binDir: environment.binDir, pod, bytes, sent: randomBytes(bytes) }
  const idle = makeBusy(load)
  try {
    const rows: (readonly string[])[] = []
    for (const move of MOVES.filter(({ name }) => parts?.includes(name) ?? true)) rows.push(...(await race(setup, variants, { move, rounds })))
    return `${megabytes} MB by kubectl, ${rounds} rounds, ${load} background processes. MB/s; in brackets, how often bytes were missing.\n\n${table(
      ['what', 'transport', ...variants.map(({ name }) => name), 'gateway to bare Node proxy', 'gateway to direct'],
      rows,
    )}\n`
  } finally {
    idle()
    await proxy.stop()
    await site.remove()
  }
}
