import { cpus } from 'node:os'
import { settingsOf } from '../cluster/settings.ts'
import type { Booted } from '../demo/boot.ts'
import { openVariants, type Variants } from './gateway/variants/variants.ts'
import { fillCluster, fillWithPods, POD_PATH, PODS_PATH } from './gateway/upstream/fill-cluster.ts'
import { maskedLists, passThrough } from './gateway/large-lists.ts'
import { createLeakOracle, type LeakOracle } from './gateway/leak-oracle.ts'
import { startRawUpstream } from './gateway/upstream/raw-upstream.ts'
import { openSite, type Site } from './gateway/run-files.ts'
import { latencies, throughput } from './gateway/small-reads.ts'
import { followedLogs } from './gateway/texts.ts'

const MEGABYTES = 10
const SECONDS = 2
/** Rate at which kube-apiserver sends a list of pods in JSON, used if P3 did not measure it. reference/performance.md says 64 to 95 MB/s. */
const USUAL_RATE = 90

type Setup = {
  readonly site: Site
  readonly oracle: LeakOracle
  /** Variants in front of kube-apiserver. */
  readonly real: Variants
  /** Variants in front of a raw TLS server. */
  readonly fast: Variants
  readonly rounds: number
  rate: number
}

const PARTS: { readonly [name: string]: { readonly title: string; readonly run: (setup: Setup) => Promise<string> } } = {
  P1: {
    title: 'GET of a pod, kube-apiserver behind',
    run: ({ real, ...plan }) => latencies(real, { ...plan, path: POD_PATH, seconds: SECONDS }),
  },
  P2: {
    title: 'GET of a pod of 1.3 KB on one core, a raw TLS server behind',
    run: ({ fast, ...plan }) => throughput(fast, { ...plan, path: POD_PATH, seconds: SECONDS }),
  },
  P3: {
    title: 'PodList passed through, kube-apiserver behind',
    run: async (setup) => {
      await fillWithPods(setup.site)
      const { text, rate } = await passThrough(setup.real, { ...setup, path: PODS_PATH })
      setup.rate = rate
      return text
    },
  },
  P4: {
    title: 'SecretList masked, a raw TLS server behind that sends as fast as kube-apiserver did',
    run: (setup) => maskedLists(setup.fast, setup),
  },
  P7: { title: 'followed log, a raw TLS server behind', run: ({ fast, ...plan }) => followedLogs(fast, plan) },
}

export type GatewayOptions = { readonly parts?: readonly string[]; readonly rounds: number }

/** Compares the gateway, all features on, with proxies that only forward: reference/performance.md, P1–P4 and P7. */
export async function gateway(booted: Booted, { parts = Object.keys(PARTS), rounds }: GatewayOptions): Promise<string> {
  const site = await openSite(booted)
  const oracle = createLeakOracle()
  const { cacheDir } = settingsOf(process.env)
  await fillCluster(site, oracle.canary)
  const raw = await startRawUpstream(site, oracle.canary, MEGABYTES)
  const real = await openVariants(site, { url: booted.environment.kubernetes.url, raw: false }, cacheDir)
  const fast = await openVariants(site, { url: raw.url, raw: true }, cacheDir)
  const setup: Setup = { site, oracle, real, fast, rounds, rate: USUAL_RATE }
  const told = [
    `${cpus()[0]?.model ?? 'unknown CPU'}, ${cpus().length} cores, Node ${process.version}. Medians of ${rounds} rounds, variants in turn; in brackets their 95 % interval (bootstrap). No canary of a Secret left the gateway.`,
  ]
  try {
    for (const name of parts) {
      const part = PARTS[name]
      if (part === undefined) throw new Error(`no part ${name}; there are: ${Object.keys(PARTS).join(', ')}`)
      told.push(`### ${name}: ${part.title}`, await part.run(setup))
    }
    return `${told.join('\n\n')}\n`
  } finally {
    await Promise.all([real.stop(), fast.stop(), raw.stop()])
    await site.remove()
  }
}
