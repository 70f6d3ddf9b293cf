import { createPrivateKey, X509Certificate } from 'node:crypto'
import { DAY_MS, signerOf, type Authorities } from './authorities.ts'
import { makeServing, namesOf, notAfterMs, type KeyPair } from './certificate.ts'
import type { CertificatesConfig } from './config.ts'

type Wanted = { readonly names: readonly string[]; readonly nowMs: number } & Pick<CertificatesConfig, 'servingDays' | 'renewBeforeDays'>

const sorted = (names: readonly string[]): string => names.toSorted((a, b) => (a < b ? -1 : 1)).join(' ')

/** Whether a pair may stay: it fits, is for these names, is signed by one of the authorities and has time left. */
export function isGood({ cert, key }: KeyPair, authorities: Authorities, { names, nowMs, renewBeforeDays }: Wanted): boolean {
  try {
    const certificate = new X509Certificate(cert)
    return (
      certificate.checkPrivateKey(createPrivateKey(key)) &&
      authorities.some((authority) => certificate.verify(new X509Certificate(authority.cert).publicKey)) &&
      sorted(namesOf(cert)) === sorted(names) &&
      notAfterMs(cert) - nowMs > renewBeforeDays * DAY_MS
    )
  } catch {
    return false
  }
}

/** A new pair under the authority that clients know best. */
export function issue(authorities: Authorities, { names, nowMs, servingDays }: Wanted): Promise<KeyPair> {
  const untilMs = nowMs + servingDays * DAY_MS
  return makeServing(signerOf(authorities, untilMs), names, { fromMs: nowMs, untilMs })
}
