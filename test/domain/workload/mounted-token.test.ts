import { expect, it } from 'vitest'
import { gainsOf } from '../../../domain/workload/gains.ts'

const spec = (more: object): object => ({ containers: [{ name: 'a', image: 'example.com/a:1' }], ...more })
const deployment = (pod: object): object => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: { template: { spec: pod } },
})
const ownToken = (more: object): object => ({ projected: { sources: [{ serviceAccountToken: { path: 'token', ...more } }] } })
const asMounted = (more: object, volumes: readonly object[] = []): object =>
  spec({ volumes: [{ name: 'kube-api-access-x7k2p', ...ownToken(more) }, ...volumes] })
const barePod = (pod: object): object => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web' }, spec: pod })

it.each<[string, string, object]>([
  ['in a template', 'ServiceAccountToken=kube-apiserver', deployment(asMounted({}))],
  ['for another audience', 'ServiceAccountToken=vault', barePod(asMounted({ audience: 'vault' }))],
  ['when the pod disables the automount', 'ServiceAccountToken=kube-apiserver', barePod({ ...asMounted({}), automountServiceAccountToken: false })],
  ['in addition to one with another name', 'ServiceAccountToken=kube-apiserver', barePod(asMounted({}, [{ name: 'v', ...ownToken({}) }]))],
])('a token in a volume that is named like the volume of admission is a gain %s', (_, expected, object) => {
  const before = deployment(spec({ automountServiceAccountToken: false }))
  expect(gainsOf(object, undefined)).toEqual([expected])
  expect(gainsOf(object, before)).toContain(expected)
})
