import { createPrivateKey, X509Certificate } from 'node:crypto'
import { makeAuthority, notAfterMs, type KeyPair } from './certificate.ts'
import type { CertificatesConfig } from './config.ts'

/** The authorities, oldest first. All of them are in the CA bundle of clients. */
export type Authorities = readonly KeyPair[]
type Lifetimes = Pick<CertificatesConfig, 'caDays' | 'servingDays' | 'renewBeforeDays'>

export const DAY_MS = 86_400_000
const PEM = /-----BEGIN ([A-Z ]+)-----[^-]+-----END \1-----\n?/g

/** Parses the data written by `authorityData`. Drops a pair that does not match or cannot be parsed; a new one replaces it. */
export function readAuthorities(data: { readonly [key: string]: string }): Authorities {
  const pems = (key: string): readonly string[] =>
    [
      ...Buffer.from(data[key] ?? '', 'base64')
        .toString('utf8')
        .matchAll(PEM),
    ].map(([pem]) => pem)
  const [certs, keys] = [pems('certificates.pem'), pems('keys.pem')]
  return certs.flatMap((cert, index): readonly KeyPair[] => {
    const key = keys[index]
    try {
      return key !== undefined && new X509Certificate(cert).checkPrivateKey(createPrivateKey(key)) ? [{ cert, key }] : []
    } catch {
      return []
    }
  })
}

const join = (pems: readonly string[]): string => Buffer.from(pems.join('')).toString('base64')

export function authorityData(authorities: Authorities): { readonly [key: string]: string } {
  return { 'certificates.pem': join(authorities.map(({ cert }) => cert)), 'keys.pem': join(authorities.map(({ key }) => key)) }
}

/** PEM bundle of every authority that is still valid. */
export const bundleOf = (authorities: Authorities): string => authorities.map(({ cert }) => cert).join('')

/**
 * Removes expired authorities and adds a new one before the newest can no longer sign a serving certificate for its full lifetime. The new
 * one is added `renewBeforeDays` early, so that all clients have it before it signs anything.
 */
export async function renewAuthorities(current: Authorities, lifetimes: Lifetimes, nowMs: number): Promise<Authorities> {
  const living = current.filter(({ cert }) => notAfterMs(cert) > nowMs)
  const newest = living.at(-1)
  const needed = nowMs + (lifetimes.servingDays + lifetimes.renewBeforeDays) * DAY_MS
  if (newest !== undefined && notAfterMs(newest.cert) >= needed) return living
  return [...living, await makeAuthority({ fromMs: nowMs, untilMs: nowMs + lifetimes.caDays * DAY_MS })]
}

/** The oldest authority that is valid until `untilMs`: clients have known it longest. */
export function signerOf(authorities: Authorities, untilMs: number): KeyPair {
  const signer = authorities.find(({ cert }) => notAfterMs(cert) >= untilMs) ?? authorities.at(-1)
  if (signer === undefined) throw new Error('there is no authority')
  return signer
}
