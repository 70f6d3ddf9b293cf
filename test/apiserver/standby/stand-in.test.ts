import { expect, test } from 'vitest'
import { absentStore } from '../../../apiserver/storage/absent-store.ts'
import { whoServes, type Slice } from '../../../apiserver/standby/who-serves.ts'
import { StoreUnavailable } from '../../../apiserver/storage/port.ts'

type Endpoint = NonNullable<Slice['endpoints']>[number]
const slice = (...endpoints: readonly Endpoint[]): Slice => ({ metadata: { name: 'slice' }, ports: [{ name: 'https', port: 8443 }], endpoints })
const at = (address: string, conditions: Endpoint['conditions']): Endpoint => ({
  addresses: [address],
  ...(conditions === undefined ? {} : { conditions }),
})

test.each<readonly [string, readonly Slice[], readonly string[]]>([
  ['no endpoint', [], []],
  ['no endpoint for a slice without endpoints', [slice(), { metadata: { name: 'empty' }, ports: null, endpoints: null }], []],
  ['the apiserver', [slice(at('10.0.0.1', { ready: true }))], ['10.0.0.1:8443']],
  ['an apiserver without conditions', [slice(at('10.0.0.1', undefined))], ['10.0.0.1:8443']],
  ['no endpoint while the apiserver starts', [slice(at('10.0.0.1', { ready: false, serving: false }))], []],
  ['a terminating apiserver that still serves', [slice(at('10.0.0.1', { ready: false, serving: true }))], ['10.0.0.1:8443']],
  [
    'a new apiserver, then a terminating one',
    [slice(at('10.0.0.1', { ready: false, serving: true })), slice(at('10.0.0.2', { ready: true }))],
    ['10.0.0.2:8443', '10.0.0.1:8443'],
  ],
  ['no endpoint for a slice with another port', [{ ...slice(at('10.0.0.1', { ready: true })), ports: [{ name: 'admin', port: 8080 }] }], []],
])('the targets are: %s', (_, slices, expected) => {
  expect(whoServes(slices).map(({ host, port }) => `${host}:${port}`)).toEqual(expected)
})

test('the stand-in has no store: every call fails', async () => {
  await expect(absentStore.get('accesspolicies', 'a')).rejects.toThrow(StoreUnavailable)
  await expect(absentStore.list('accesspolicies')).rejects.toThrow(StoreUnavailable)
  await expect(absentStore.commit([])).rejects.toThrow(StoreUnavailable)
  await expect(absentStore.watch('accesspolicies', 0, () => undefined)).rejects.toThrow(StoreUnavailable)
})
