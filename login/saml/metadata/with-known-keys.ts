import { SamlRefused } from '../refused.ts'
import type { TrustedProvider } from './trusted-provider.ts'
import type { ProviderMetadata } from './read-metadata.ts'

/** Judges with the keys that are known; if none fits, reads the metadata again, at most once a minute, since the identity provider may have new keys. */
export async function withKnownKeys<T>(provider: TrustedProvider, judge: (metadata: ProviderMetadata) => T | Promise<T>): Promise<T> {
  try {
    return await judge(provider.current())
  } catch (error) {
    if (!(error instanceof SamlRefused) || error.refusal !== 'BadSignature' || !(await provider.refreshForUnknownKey())) throw error
    return await judge(provider.current())
  }
}
