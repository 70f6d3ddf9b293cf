import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { settingsOf } from '../../../hack/cluster/settings.ts'
import { startCluster } from '../../../hack/cluster/start-cluster.ts'
import { bareCluster } from '../../cluster/bare-cluster.ts'
import { runProgram, type Ran } from '../../cluster/run-program.ts'
import { until } from '../../until.ts'
import { NO_TRACES, tracesOf } from './traces.ts'

const canRunContainers = process.platform === 'linux' && process.getuid?.() === 0

describe.skipIf(!canRunContainers)('a cluster with real containers', () => {
  const given = bareCluster()
  const kubectl = (...args: readonly string[]): Promise<Ran> =>
    runProgram(join(given().binDir, 'kubectl'), args, { env: { KUBECONFIG: given().adminKubeconfig } })

  it('boots', async () => {
    const cluster = given()
    expect(cluster.nodeKind).toBe('real')
    expect(Object.keys(cluster.processes()).sort()).toEqual(['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'node'])
    expect((await kubectl('get', 'nodes', '--no-headers')).stdout).toMatch(/^node-1 +Ready /)
  })

  it('runs a pod, shows its log and passes exit codes of exec', async () => {
    const command = ['sh', '-c', 'echo hello from $HOSTNAME; exec sleep 600']
    await until('pods can be created', async () => (await kubectl('get', 'serviceaccount', 'default')).code === 0)
    expect(await kubectl('run', 'busy', '--image=busybox:1.35', '--command', '--', ...command)).toMatchObject({ code: 0 })
    expect(await kubectl('wait', '--for=condition=Ready', 'pod/busy', '--timeout=110s')).toMatchObject({ code: 0 })
    // The pod is ready before its first line is in the log.
    await until('the log has the line', async () => (await kubectl('logs', 'busy')).stdout === 'hello from busy\n')
    expect((await kubectl('exec', 'busy', '--', 'sh', '-c', 'exit 7')).code).toBe(7)
  })

  it('writes an audit log of metadata only', async () => {
    await kubectl('create', 'secret', 'generic', 'told', '--from-literal=password=hunter2-canary')
    const log = await until('the request is audited', async () => {
      const text = await readFile(given().auditLogFile, 'utf8')
      return text.includes('"name":"told"') && text
    })
    expect(log).not.toContain('hunter2-canary')
    expect(log).not.toContain(Buffer.from('hunter2-canary').toString('base64'))
  })

  it('loses nothing when kube-apiserver is killed and restarted', async () => {
    const cluster = given()
    await cluster.kill('kube-apiserver')
    expect(cluster.processes()).not.toHaveProperty('kube-apiserver')
    await cluster.restart('kube-apiserver')
    expect((await kubectl('get', 'pod', 'busy', '--no-headers')).stdout).toMatch(/^busy +1\/1 +Running/)
  })

  it('refuses the folder of another cluster', async () => {
    const cluster = given()
    const other = startCluster({ ...settingsOf(process.env), dir: cluster.dir, say: () => undefined })
    await expect(other).rejects.toThrow(`${cluster.dir} is not empty`)
  })

  it('leaves no process, link, cgroup, mount or file behind', async () => {
    const cluster = given()
    const { dir, url } = cluster
    const port = Number(new URL(url).port)
    const before = await tracesOf(dir, port)
    expect(before.links).toEqual([`jn${port}`])
    expect(before.cgroups.length).toBeGreaterThan(0)
    expect(before.processes.length).toBeGreaterThan(5)
    await cluster.stop()
    expect(await tracesOf(dir, port)).toEqual(NO_TRACES)
    await cluster.stop() // repeatable
  })
})
