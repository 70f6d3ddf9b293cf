import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Cluster, ClusterOptions } from '../../../hack/cluster/cluster.ts'
import { settingsOf } from '../../../hack/cluster/settings.ts'
import { startCluster } from '../../../hack/cluster/start-cluster.ts'
import { runProgram, type Ran } from '../../cluster/run-program.ts'

const settings = settingsOf(process.env)

const kubectl = (cluster: Cluster, ...args: readonly string[]): Promise<Ran> =>
  runProgram(join(cluster.binDir, 'kubectl'), args, { env: { KUBECONFIG: cluster.adminKubeconfig } })

describe('a cluster without real containers', () => {
  let parent: string
  const running: Cluster[] = []
  beforeEach(async () => void (parent = await mkdtemp(join(tmpdir(), 'jit-simulated-'))))
  afterEach(async () => {
    await Promise.all(running.splice(0).map((cluster) => cluster.stop()))
    await rm(parent, { recursive: true, force: true })
  })
  const boot = async (name: string, options: Partial<ClusterOptions>): Promise<Cluster> => {
    const cluster = await startCluster({ ...settings, dir: join(parent, name), say: () => undefined, ...options })
    running.push(cluster)
    return cluster
  }

  it('rolls out Deployments on a simulated node', async () => {
    const cluster = await boot('kwok', { nodeKind: 'kwok' })
    expect([cluster.nodeKind, cluster.hostIP, cluster.routing]).toEqual(['kwok', '127.0.0.1', 'off'])
    await kubectl(cluster, 'create', 'deployment', 'web', '--image=nobody.example/pulls-it:1', '--replicas=2')
    expect(await kubectl(cluster, 'rollout', 'status', 'deployment/web', '--timeout=110s')).toMatchObject({ code: 0 })
    await expect(cluster.importImage('/dev/null')).rejects.toThrow('no node with real containers (kwok)')
  })

  it('serves the API with only kube-apiserver, etcd and kubectl', async () => {
    const built = await boot('built', { nodeKind: 'none' })
    const assetsDir = join(parent, 'assets')
    await mkdir(assetsDir)
    for (const name of ['kube-apiserver', 'etcd', 'kubectl']) await symlink(join(built.binDir, name), join(assetsDir, name))
    // Runs next to the first cluster, so this too is two at once.
    const cluster = await boot('given', { assetsDir })
    expect([cluster.nodeKind, cluster.version, cluster.binDir]).toEqual(['none', built.version, assetsDir])
    expect(Object.keys(cluster.processes()).sort()).toEqual(['etcd', 'kube-apiserver'])
    expect(await kubectl(cluster, 'run', 'never', '--image=busybox:1.35')).toMatchObject({ code: 0 })
  })

  it('boots two clusters at once without a collision', async () => {
    const [one, two] = await Promise.all([boot('one', { nodeKind: 'none' }), boot('two', { nodeKind: 'none' })])
    expect(one.url).not.toBe(two.url)
    await kubectl(one, 'create', 'namespace', 'only-here')
    expect((await kubectl(two, 'get', 'namespace', 'only-here')).stderr).toContain('not found')
  })
})
