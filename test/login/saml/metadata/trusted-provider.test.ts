import { Registry } from 'prom-client'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createProvider, type TrustedProvider } from '../../../../login/saml/metadata/trusted-provider.ts'
import { readMetadata } from '../../../../login/saml/metadata/read-metadata.ts'
import { samlMetrics } from '../../../../login/saml/metrics.ts'
import { IDP, metadataOf, NOW, samlKey, sign, type SamlKey } from '../identity-provider.ts'

let idp: SamlKey
let next: SamlKey
let federation: SamlKey
beforeAll(async () => void ([idp, next, federation] = (await Promise.all(['idp', 'next', 'federation'].map(samlKey))) as [SamlKey, SamlKey, SamlKey]))

const read = (xml: string, signers?: readonly SamlKey[]): ReturnType<typeof readMetadata> =>
  readMetadata(xml, IDP, { nowMs: NOW, ...(signers === undefined ? {} : { signers: signers.map(({ publicKey }) => publicKey) }) })
const DAY_MS = 86_400_000
const at = (ms: number): string => new Date(NOW + ms).toISOString()

describe('metadata of an identity provider', () => {
  it('give its keys and addresses', () => {
    const metadata = read(metadataOf([idp, next], { attributes: ` validUntil="${at(DAY_MS)}" cacheDuration="PT1H30M"` }))
    expect(metadata.keys).toHaveLength(2)
    expect(metadata.signOn).toEqual({
      POST: { location: 'https://idp.test/sso', responseLocation: 'https://idp.test/sso' },
      Redirect: { location: 'https://idp.test/sso', responseLocation: 'https://idp.test/sso' },
    })
    expect([metadata.validUntil, metadata.cacheSeconds]).toEqual([NOW + DAY_MS, 5400])
  })

  it('are refused from anybody else, without a signature where one is due, when expired, and with addresses that are not HTTPS', () => {
    const good = metadataOf([idp])
    expect(() => read(metadataOf([idp], { entityID: 'https://evil.test' }))).toThrow('exactly one entity')
    expect(() => read(good, [federation])).toThrow('not signed')
    expect(() => read(sign(good, 'EntityDescriptor', idp), [federation])).toThrow('does not hold')
    expect(read(sign(good, 'EntityDescriptor', federation), [federation]).keys).toHaveLength(1)
    expect(() => read(sign(good, 'EntityDescriptor', federation).replace('https://idp.test/sso', 'https://evil.test/sso'), [federation])).toThrow(
      'does not hold',
    )
    expect(() => read(metadataOf([idp], { attributes: ` validUntil="${at(-1)}"` }))).toThrow('expired')
    expect(() => read(good.replaceAll('https://idp.test/sso', 'http://idp.test/sso'))).toThrow('not HTTPS')
    expect(() => read(good.replaceAll('https://idp.test/sso', 'javascript:alert(1)'))).toThrow('not HTTPS')
    expect(() => read(`<!DOCTYPE x>${good}`)).toThrow('markup')
    expect(() => read(metadataOf([]))).toThrow('0 signing certificates')
    expect(() =>
      read(good.replace('protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0', 'protocolSupportEnumeration="urn:oasis:names:tc:SAML:1.1')),
    ).toThrow('SAML 2.0')
  })

  it('end with the group that holds them, however deep they lie', () => {
    const grouped = (inner: string): string =>
      `<md:EntitiesDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata"><md:EntitiesDescriptor validUntil="${inner}">${metadataOf([idp], { attributes: ` validUntil="${at(DAY_MS)}"` })}</md:EntitiesDescriptor></md:EntitiesDescriptor>`
    expect(() => read(grouped(at(-1)))).toThrow('expired')
    expect(read(grouped(at(1000))).validUntil).toBe(NOW + 1000)
  })

  it('may have comments, which are read as if they were not there', () => {
    expect(read(metadataOf([idp]).replace('<md:IDPSSODescriptor', '<!-- made by hand > --><md:IDPSSODescriptor')).keys).toHaveLength(1)
  })

  it('are refused with a key that is too short', () => {
    const good = metadataOf([idp])
    expect(() => read(good.replace(/(X509Certificate>)[^<]*/, `$1${WEAK}`))).toThrow('2048')
  })
})

/** A certificate of an RSA key of 1024 bits; its private key was never kept. */
const WEAK =
  'MIIB+jCCAWOgAwIBAgIUON7CxfsFoqnv7TpFMtXRE4fF1XYwDQYJKoZIhvcNAQELBQAwDzENMAsGA1UEAwwEd2VhazAeFw0yNjExMjkxMzQ5MDBaFw0zNjExMjYxMzQ5MDBaMA8xDTALBgNVBAMMBHdlYWswgZ8wDQYJKoZIhvcNAQEBBQADgY0AMIGJAoGBALtc7Gcd+NuYzh0wE/RFSnUNJl+3zaMoS4NZyMI4PpC8Dd63sXEfmIgWnfCsePiETSifCqL7fBjYI23ZfqnBs3/zitIDWRKO0W8yb1wNnQhTYQuQR00miD6gzFvkX2GyaIDHLmKZqX9kNsPegqEveD+ujX5W+An/CHnRnOAiGUvrAgMBAAGjUzBRMB0GA1UdDgQWBBSLMdB3kZO9/nqRlqmx6qjyotGBDDAfBgNVHSMEGDAWgBSLMdB3kZO9/nqRlqmx6qjyotGBDDAPBgNVHRMBAf8EBTADAQH/MA0GCSqGSIb3DQEBCwUAA4GBAC45B7xzk3tEz8cPAjULaCbw4cSrz9xNVTxh4rxPKrXlozYRhhpFu/J5xz0RzqK1NorUdR3yitfSprdmjjJek9i0p3cC3D4otr6k9yRu02p81jn5h1i3MAZvIDHQYWrTnX9o1U8PfI5HcUn2+W4ipA5+htivGxiptGhchrG+rA5B'

describe('a provider', () => {
  let nowMs: number
  let given: (() => string) | undefined
  let reads: number
  let registry: Registry
  let provider: TrustedProvider
  beforeEach(() => {
    nowMs = NOW
    reads = 0
    given = () => metadataOf([idp])
    registry = new Registry()
    provider = createProvider({
      config: { identityProvider: { entityID: IDP, metadata: { url: 'https://idp.test/metadata' } }, signing: { keyFile: '', certFile: '' } },
      source: {
        read: () => {
          reads++
          return given === undefined ? Promise.reject(new Error('unreachable')) : Promise.resolve(given())
        },
        signers: undefined,
        close: () => Promise.resolve(),
      },
      clock: { nowMs: () => nowMs },
      log: { info: () => undefined, warn: () => undefined, error: () => undefined },
      metrics: samlMetrics(registry, 'corp'),
    })
  })

  it('is not usable before its metadata were read', async () => {
    given = undefined
    await provider.refreshIfDue()
    expect(() => provider.current()).toThrow('not read yet')
  })

  it('keeps what it read last until it expires, and says so in a metric', async () => {
    given = () => metadataOf([idp], { attributes: ` validUntil="${at(DAY_MS)}"` })
    await provider.refreshIfDue()
    given = undefined
    nowMs += DAY_MS - 1
    await provider.refreshIfDue()
    expect(provider.current().keys).toHaveLength(1)
    const text = await registry.metrics()
    expect(text).toContain('jit_login_saml_metadata_refreshes_total{upstream="corp",result="Error"} 1')
    expect(text).toContain(`jit_login_saml_metadata_end_seconds{upstream="corp"} ${Math.floor((NOW + DAY_MS) / 1000)}`)
    nowMs += 1
    expect(() => provider.current()).toThrow('expired')
  })

  it('keeps metadata without an end for a week', async () => {
    await provider.refreshIfDue()
    given = undefined
    nowMs += 7 * DAY_MS - 1
    await provider.refreshIfDue()
    expect(provider.current().keys).toHaveLength(1)
    nowMs += 1
    expect(() => provider.current()).toThrow('expired')
  })

  it('reads again after an hour, earlier where the metadata say so, and a minute after a failure', async () => {
    await provider.refreshIfDue()
    nowMs += 3_599_999
    await provider.refreshIfDue()
    expect(reads).toBe(1)
    given = () => metadataOf([idp], { attributes: ' cacheDuration="PT10M"' })
    nowMs += 1
    await provider.refreshIfDue()
    nowMs += 600_000
    given = undefined
    await provider.refreshIfDue()
    nowMs += 59_999
    await provider.refreshIfDue()
    expect(reads).toBe(3)
    nowMs += 1
    await provider.refreshIfDue()
    expect(reads).toBe(4)
  })

  it('looks for unknown keys at most once a minute, however many messages name one', async () => {
    await provider.refreshIfDue()
    given = () => metadataOf([next])
    expect(await Promise.all([provider.refreshForUnknownKey(), provider.refreshForUnknownKey()])).toEqual([true, false])
    expect(provider.current().keys[0]?.equals(next.publicKey)).toBe(true)
    nowMs += 59_999
    expect(await provider.refreshForUnknownKey()).toBe(false)
    expect(reads).toBe(2)
  })
})
