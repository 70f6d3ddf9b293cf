import { expect, it, vi } from 'vitest'
import type { TrustedProvider } from '../../../../login/saml/metadata/trusted-provider.ts'
import { withKnownKeys } from '../../../../login/saml/metadata/with-known-keys.ts'
import { SamlRefused } from '../../../../login/saml/refused.ts'

it.each([
  ['a signature of a key that is not known', new SamlRefused('BadSignature', 'x'), 1],
  ['another refusal', new SamlRefused('Audience', 'x'), 0],
  ['an error', new Error('x'), 0],
])('reads the metadata again for %s: %s', async (_, error, times) => {
  const refreshForUnknownKey = vi.fn(() => Promise.resolve(false))
  const provider = { current: () => ({}), refreshForUnknownKey } as unknown as TrustedProvider
  const judge = (): never => {
    throw error
  }
  await expect(withKnownKeys(provider, judge)).rejects.toBe(error)
  expect(refreshForUnknownKey).toHaveBeenCalledTimes(times)
})
