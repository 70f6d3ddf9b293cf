import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { until } from '../../until.ts'
import type { OwnEnvironment } from './own-environment.ts'

const configMap = (namespace: string, name: string, owner?: string): object => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: {
    name,
    namespace,
    ...(owner === undefined ? {} : { ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid: owner }] }),
  },
})

/** What other users of the cluster need while the apiserver is unavailable: only the standby answers. */
export function outage({ environment, kubectl }: OwnEnvironment): void {
  const admin = async (...args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await kubectl('admin', args)
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}`)
    return stdout
  }
  const make = async (...objects: readonly object[]): Promise<void> => {
    const { code, stderr } = await kubectl('admin', ['create', '-f', '-'], {
      input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }),
    })
    if (code !== 0) throw new Error(stderr)
  }
  const scale = (replicas: number): Promise<string> => admin('-n', 'jit-system', 'scale', 'deployment', 'jit-apiserver', `--replicas=${replicas}`)
  const apiserverPods = (): Promise<string> => admin('-n', 'jit-system', 'get', 'pods', '-l', 'app.kubernetes.io/name=jit-apiserver', '-o', 'name')

  /** Servers that run as processes are paused: a paused one is as unreachable as a stopped one, and a killed one would be restarted at once. */
  async function takeAway(): Promise<void> {
    const place = environment().processes['apiserver']
    if (typeof place === 'number') return void process.kill(place, 'SIGSTOP')
    await scale(0)
    await until('its pod is gone', async () => (await apiserverPods()) === '', { seconds: 120 })
  }
  async function bringBack(): Promise<void> {
    const place = environment().processes['apiserver']
    if (typeof place === 'number') process.kill(place, 'SIGCONT')
    else await scale(1)
  }

  const replicas = (): Promise<string> => admin('-n', 'shop', 'get', 'deployment', 'web', '-o', 'jsonpath={.spec.replicas}')

  describe('while the apiserver is unavailable', () => {
    beforeAll(takeAway)
    afterAll(bringBack)

    it('a namespace is deleted', async () => {
      await make({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'leaving' } }, configMap('leaving', 'inside'))
      expect(await admin('delete', 'namespace', 'leaving', '--timeout=110s')).toContain('deleted')
    })

    it('kubectl reads as before and reports no failed API group', async () => {
      const pods = await kubectl('developer', ['-n', 'shop', 'get', 'pods'])
      expect([pods.code, pods.stderr]).toEqual([0, ''])
      const found = await kubectl('admin', ['api-resources', '--api-group=jit.access', '-o', 'name'])
      expect([found.code, found.stderr]).toEqual([0, ''])
      expect(found.stdout).toContain('accessrequests.jit.access')
    })

    it('our own kinds are refused with a hint for the admin', async () => {
      const { code, stderr } = await kubectl('approver', ['get', 'accessrequests'])
      expect(code).not.toBe(0)
      expect(stderr).toContain('(ServiceUnavailable)')
      expect(stderr).toContain('kubectl -n jit-system get pods')
    })

    it('the agent gains no access', async () => {
      const before = await replicas()
      // kubectl retries after a 503; that is not under test here.
      const { code } = await kubectl('agent', ['-n', 'shop', 'scale', 'deployment', 'web', `--replicas=${Number(before) + 1}`], { seconds: 10 })
      expect(code).not.toBe(0)
      expect(await replicas()).toBe(before)
    })

    it('quota is counted and enforced', async () => {
      await make(
        { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'rationed' } },
        { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'few', namespace: 'rationed' }, spec: { hard: { secrets: '1' } } },
      )
      const used = (): Promise<string> => admin('-n', 'rationed', 'get', 'resourcequota', 'few', '-o', 'jsonpath={.status.used.secrets}')
      await until('the quota is counted', async () => (await used()) === '0')
      await admin('-n', 'rationed', 'create', 'secret', 'generic', 'one')
      await until('the quota counts a creation', async () => (await used()) === '1')
      const over = await kubectl('admin', ['-n', 'rationed', 'create', 'secret', 'generic', 'two'])
      expect(over.stderr).toContain('exceeded quota: few')
      await admin('-n', 'rationed', 'delete', 'secret', 'one')
      await until('the quota counts a deletion', async () => (await used()) === '0')
    })

    it('garbage collection works', async () => {
      await make({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'littered' } }, configMap('littered', 'owner'))
      const owner = await admin('-n', 'littered', 'get', 'configmap', 'owner', '-o', 'jsonpath={.metadata.uid}')
      await make(configMap('littered', 'dependent', owner))
      await admin('-n', 'littered', 'delete', 'configmap', 'owner')
      await until(
        'the dependent goes with its owner',
        async () => (await kubectl('admin', ['-n', 'littered', 'get', 'configmap', 'dependent'])).code !== 0,
      )
    })
  })

  describe('when the apiserver is available again', () => {
    it('it serves again, and the standby forwards to it', async () => {
      await until('the apiserver answers', async () => (await kubectl('approver', ['get', 'accessrequests'])).code === 0, { seconds: 110 })
      for (let times = 0; times < 20; times += 1)
        expect((await kubectl('admin', ['get', '--raw', '/apis/jit.access/v1/accesspolicies'])).code).toBe(0)
    })
  })
}
