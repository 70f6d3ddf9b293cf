import { expect, it } from 'vitest'
import { gainsOf } from '../../../domain/workload/gains.ts'
import { costExponent, LINEAR } from '../../measure/processor-cost.ts'

const podWith = (count: number): object => {
  const volumes = Array.from({ length: count }, (_, index) => ({ name: `v${index}`, emptyDir: {} }))
  const volumeMounts = volumes.map(({ name }) => ({ name, mountPath: `/${name}` })).toReversed()
  const containers = [{ name: 'a', image: 'example.com/a:1', volumeMounts }]
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'a' },
    spec: { volumes: [...volumes, { name: 'root', hostPath: { path: '/' } }], containers },
  }
}

it('inspecting many volumes and their mounts takes linear time', async () => {
  const pods = new Map([1_000, 10_000].map((count) => [count, podWith(count)]))
  expect(await costExponent((count) => gainsOf(pods.get(count), undefined), [1_000, 10_000], 3)).toBeLessThan(LINEAR)
})
