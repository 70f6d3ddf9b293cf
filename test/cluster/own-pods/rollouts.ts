import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { createKubeClient, type KubeCall, type KubeClient } from '../../../kube/client.ts'
import { clusterConfigFromKubeconfig } from '../../../kube/cluster-config.ts'
import { policy } from '../../domain/builders.ts'
import { until } from '../../until.ts'
import type { OwnEnvironment } from './own-environment.ts'

const GROUP = '/apis/jit.access/v1'
const sum = (counts: readonly number[]): number => counts.reduce((all, count) => all + count, 0)

/** The other results, each with how often it came. */
const without = (came: ReadonlyMap<string, number>, ...expected: readonly string[]): { readonly [result: string]: number } =>
  Object.fromEntries([...came].filter(([result]) => !expected.includes(result)))

const LABEL = 'made-by=rollouts'

const labelled = (object: { readonly metadata: object }): object => ({
  ...object,
  metadata: { ...object.metadata, labels: { 'made-by': 'rollouts' } },
})

/** Repeats a call until `over`, and counts the results: a status, with Retry-After if the response has it, or the error. */
async function callUntil(client: KubeClient, over: AbortSignal, call: (count: number) => KubeCall): Promise<ReadonlyMap<string, number>> {
  const came = new Map<string, number>()
  for (let count = 0; !over.aborted; count++) {
    const result = await client.raw({ ...call(count), timeoutMs: 100_000 }).then(
      async ({ status, headers, body }) => {
        const text = await body.text()
        if (status < 300) return String(status)
        return headers['retry-after'] === undefined ? `${status} ${text}` : `${status} retry`
      },
      (error: unknown) => String(error),
    )
    came.set(result, (came.get(result) ?? 0) + 1)
    await sleep(25)
  }
  return came
}
async function rollOut(kubectl: OwnEnvironment['kubectl']): Promise<void> {
  for (const args of [['restart'], ['status', '--timeout=280s']]) {
    const [verb = '', ...more] = args
    const { code, stderr } = await kubectl('admin', ['-n', 'jit-system', 'rollout', verb, 'deployment/jit-apiserver', ...more], { seconds: 300 })
    if (code !== 0) throw new Error(stderr)
  }
}

/**
 * What a client sees during a rollout of jit-apiserver, which is a hand-over. Without a node there are no Deployments, and nothing to roll
 * out.
 */
export function rollouts({ environment, kubectl }: OwnEnvironment): void {
  describe('during rollouts of the apiserver', () => {
    it('X128 discovery always answers, and our API group returns only successes or a retryable 503', { timeout: 1_200_000 }, async (context) => {
      if (typeof environment().processes['apiserver'] === 'number') return context.skip()
      const client = createKubeClient(await clusterConfigFromKubeconfig(environment().kubeconfigs.admin))
      const ending = new AbortController()
      const commands: (readonly [number | null, string])[] = []
      const useKubectl = async (): Promise<void> => {
        while (!ending.signal.aborted) {
          const { code, stderr } = await kubectl('admin', ['get', 'accesspolicies', '-o', 'name'])
          commands.push([code, stderr])
        }
      }
      const running = Promise.all([
        callUntil(client, ending.signal, () => ({ method: 'GET', path: GROUP })),
        callUntil(client, ending.signal, () => ({ method: 'GET', path: `${GROUP}/accesspolicies` })),
        callUntil(client, ending.signal, (count) => ({
          method: 'POST',
          path: `${GROUP}/accesspolicies`,
          // For no cluster that is: the controller asks dozens of questions about the RBAC of each that applies.
          body: labelled(policy(`rollout-${count}`, { subjects: [{ kind: 'User', name: 'nobody' }], clusters: ['nowhere'] })),
        })),
        useKubectl(),
      ])
      try {
        for (let rollout = 0; rollout < 3; rollout++) {
          await rollOut(kubectl)
          // Clients go on for a while: the old process may still end what it serves.
          const before = commands.length
          await until('kubectl goes on', () => commands.length >= before + 5)
        }
      } finally {
        ending.abort()
      }
      const [discovery, reads, writes] = await running
      expect(without(discovery, '200')).toEqual({})
      expect(without(reads, '200', '503 retry')).toEqual({})
      expect(without(writes, '201', '503 retry')).toEqual({})
      expect(commands.filter(([code]) => code !== 0)).toEqual([])
      // No write was lost.
      const { items } = await client.json<{ readonly items: readonly { readonly metadata: { readonly name: string } }[] }>({
        method: 'GET',
        path: `${GROUP}/accesspolicies`,
      })
      expect(items.filter(({ metadata }) => metadata.name.startsWith('rollout-')).length).toBe(writes.get('201'))
      // A rollout is a hand-over, not an outage that clients wait out.
      const refused = sum([reads, writes].map((came) => came.get('503 retry') ?? 0))
      expect(refused).toBeLessThan(Math.max(30, 0.05 * sum([...reads.values(), ...writes.values()])))
      // On a slow machine there are so many that one call takes too long, and each call deletes some.
      const remove = (): Promise<object> => client.json({ method: 'DELETE', path: `${GROUP}/accesspolicies`, query: { labelSelector: LABEL } })
      await until('the policies are deleted', remove, { seconds: 280 })
      await client.close()
    })
  })
}
