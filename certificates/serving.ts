import { createPrivateKey, X509Certificate } from 'node:crypto'
import { DAY_MS, signerOf, type Authorities } from './authorities.ts'
import { isClient, makeServing, namesOf, notAfterMs, type KeyPair, type CertificatePurpose } from './certificate.ts'
import type { CertificatesConfig } from './config.ts'

type Wanted = CertificatePurpose & { readonly nowMs: number } & Pick<CertificatesConfig, 'servingDays' | 'renewBeforeDays'>

const sorted = (names: readonly string[]): string => names.toSorted((a, b) => (a < b ? -1 : 1)).join(' ')

/** Whether a pair can be kept: key and certificate match, it is for these names and this use, an authority signed it, and it is not due for renewal. */
export function isGood({ cert, key }: KeyPair, authorities: Authorities, { names, client = false, nowMs, renewBeforeDays }: Wanted): boolean {
  try {
    const certificate = new X509Certificate(cert)
    return (
      certificate.checkPrivateKey(createPrivateKey(key)) &&
      authorities.some((authority) => certificate.verify(new X509Certificate(authority.cert).publicKey)) &&
      sorted(namesOf(cert)) === sorted(names) &&
      isClient(cert) === client &&
      notAfterMs(cert) - nowMs > renewBeforeDays * DAY_MS
    )
  } catch {
    return false
  }
}

/** Issues a new pair, signed by the authority that clients have known longest. */
export function issue(authorities: Authorities, { names, client, nowMs, servingDays }: Wanted): Promise<KeyPair> {
  const untilMs = nowMs + servingDays * DAY_MS
  return makeServing(signerOf(authorities, untilMs), { names, client }, { fromMs: nowMs, untilMs })
}
