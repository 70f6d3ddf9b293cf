import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import type { Cluster, ClusterOptions } from '../../hack/cluster/cluster.ts'
import { settingsOf } from '../../hack/cluster/settings.ts'
import { startCluster } from '../../hack/cluster/start-cluster.ts'

const BOOT_MS = 1_800_000 // a cold run builds it first

/**
 * A cluster for one test file, without jit-access, for tests that break it or need only Kubernetes. Call it once, at the top of a file or
 * describe; the function that it returns gives the cluster inside tests.
 */
export function bareCluster(options: Partial<ClusterOptions> = {}): () => Cluster {
  let cluster: Cluster | undefined
  let parent: string | undefined
  beforeAll(async () => {
    parent = await mkdtemp(join(tmpdir(), 'jit-bare-'))
    cluster = await startCluster({ ...settingsOf(process.env), dir: join(parent, 'cluster'), say: () => undefined, ...options })
  }, BOOT_MS)
  afterAll(async () => {
    await cluster?.stop()
    if (parent !== undefined) await rm(parent, { recursive: true, force: true })
  })
  return () => {
    if (cluster === undefined) throw new Error('the cluster is there inside tests only')
    return cluster
  }
}
