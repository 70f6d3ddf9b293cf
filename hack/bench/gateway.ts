import { cpus } from 'node:os'
import { settingsOf } from '../cluster/settings.ts'
import type { Booted } from '../demo/boot.ts'
import { openArms } from './gateway/arms.ts'
import { createLeakOracle } from './gateway/leak-oracle.ts'
import { startRawUpstream } from './gateway/raw-upstream.ts'
import { openSite } from './gateway/site.ts'
import { latencies, throughput } from './gateway/small-reads.ts'
import { fillCluster, POD_PATH } from './gateway/fill-cluster.ts'

const ROUNDS = 5
const MEGABYTES = 50

/** P1–P4 and P7 of the project's benchmarks: the gateway with all that it does, beside proxies that do nothing. */
export async function gateway(booted: Booted): Promise<string> {
  const site = await openSite(booted)
  const oracle = createLeakOracle()
  const { cacheDir } = settingsOf(process.env)
  await fillCluster(site, oracle.canary)
  const raw = await startRawUpstream(site, oracle.canary, MEGABYTES)
  const real = await openArms(site, { url: booted.environment.kubernetes.url, raw: false }, cacheDir)
  const fast = await openArms(site, { url: raw.url, raw: true }, cacheDir)
  const plan = { path: POD_PATH, rounds: ROUNDS, seconds: 2, oracle }
  try {
    const parts = [
      `${cpus()[0]?.model ?? 'unknown CPU'}, ${cpus().length} cores, Node ${process.version}. Medians of ${ROUNDS} rounds, in brackets the 95 % interval (bootstrap).`,
      '### P1: a pod, kube-apiserver behind',
      await latencies(real, plan),
      '### P2: a pod of 1.3 KB, on one core, a raw TLS server behind',
      await throughput(fast, plan),
    ]
    return `${parts.join('\n\n')}\n`
  } finally {
    await Promise.all([real.stop(), fast.stop(), raw.stop()])
    await site.remove()
  }
}
