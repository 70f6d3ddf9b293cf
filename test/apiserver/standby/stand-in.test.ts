import { expect, test } from 'vitest'
import { isServed } from '../../../apiserver/standby/stand-in.ts'
import { absentStore } from '../../../apiserver/standby/absent-store.ts'
import { StoreUnavailable } from '../../../apiserver/storage/port.ts'

const US = 'jit-apiserver-standby-0'
const slice = (...endpoints: readonly { readonly ready?: boolean; readonly name: string }[]) => ({
  metadata: { name: 'slice' },
  endpoints: endpoints.map(({ ready, name }) => ({ conditions: ready === undefined ? {} : { ready }, targetRef: { name } })),
})

test.each([
  ['nobody', [], false],
  ['a slice without endpoints', [slice()], false],
  ['the apiserver', [slice({ ready: true, name: 'jit-apiserver-1' })], true],
  ['an apiserver of which nothing is said', [slice({ name: 'jit-apiserver-1' })], true],
  ['an apiserver that is going', [slice({ ready: false, name: 'jit-apiserver-1' })], false],
  ['the stand-in itself', [slice({ ready: true, name: US })], false],
  ['the apiserver beside the stand-in', [slice({ ready: true, name: US }), slice({ ready: true, name: 'jit-apiserver-1' })], true],
])('behind the Service is %s: somebody else serves? %#', (_, slices, served) => {
  expect(isServed(slices, US)).toBe(served)
})

test('the stand-in has no store, whatever is asked of it', async () => {
  await expect(absentStore.get('accesspolicies', 'a')).rejects.toThrow(StoreUnavailable)
  await expect(absentStore.list('accesspolicies')).rejects.toThrow(StoreUnavailable)
  await expect(absentStore.commit([])).rejects.toThrow(StoreUnavailable)
  await expect(absentStore.watch('accesspolicies', 0, () => undefined)).rejects.toThrow(StoreUnavailable)
})
