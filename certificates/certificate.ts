import { generateKeyPair, randomBytes, X509Certificate, type KeyObject } from 'node:crypto'
import { isIP } from 'node:net'
import { promisify } from 'node:util'
import forge from 'node-forge'

/** A certificate and its key, both PEM. */
export type KeyPair = { readonly cert: string; readonly key: string }
export type Validity = { readonly fromMs: number; readonly untilMs: number }

/** Certificates are backdated, so that peers whose clock is behind accept a new one. */
const BACKDATED_MS = 5 * 60_000
const KEY_BITS = 2048 // node-forge signs with RSA only
const generate = promisify(generateKeyPair) as unknown as (
  type: 'rsa',
  options: { readonly modulusLength: number },
) => Promise<{ readonly privateKey: KeyObject; readonly publicKey: KeyObject }>

type Draft = { readonly certificate: forge.pki.Certificate; readonly key: string }

async function draft(commonName: string, { fromMs, untilMs }: Validity): Promise<Draft> {
  const { privateKey, publicKey } = await generate('rsa', { modulusLength: KEY_BITS })
  const certificate = forge.pki.createCertificate()
  certificate.publicKey = forge.pki.publicKeyFromPem(publicKey.export({ type: 'spki', format: 'pem' }).toString())
  // The first byte is 0x40 to 0x7f: the number is positive without a leading zero byte, which DER forbids when it is not needed.
  const [first = 0, ...rest] = randomBytes(16)
  certificate.serialNumber = Buffer.from([0x40 | (first & 0x3f), ...rest]).toString('hex')
  certificate.validity.notBefore = new Date(fromMs - BACKDATED_MS)
  certificate.validity.notAfter = new Date(untilMs)
  certificate.setSubject([{ name: 'commonName', value: commonName }])
  return { certificate, key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() }
}

function finish({ certificate, key }: Draft, signer: string): KeyPair {
  certificate.sign(forge.pki.privateKeyFromPem(signer), forge.md.sha256.create())
  return { cert: forge.pki.certificateToPem(certificate).replaceAll('\r', ''), key }
}

/** A self-signed authority. The random part of its name distinguishes authorities, because verifiers find the issuer by name. */
export async function makeAuthority(validity: Validity): Promise<KeyPair> {
  const made = await draft(`jit-access ${randomBytes(4).toString('hex')}`, validity)
  made.certificate.setIssuer(made.certificate.subject.attributes)
  made.certificate.setExtensions([
    { name: 'basicConstraints', cA: true, critical: true, pathLenConstraint: 0 },
    { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    { name: 'subjectKeyIdentifier' },
  ])
  return finish(made, made.key)
}

export type CertificatePurpose = {
  /** DNS names and IP addresses. */ readonly names: readonly string[]
  /** Whether it is a client certificate and no serving certificate. Defaults to false. */ readonly client?: boolean | undefined
}

/** A serving or a client certificate, signed by `authority`. */
export async function makeServing(authority: KeyPair, { names, client = false }: CertificatePurpose, validity: Validity): Promise<KeyPair> {
  const made = await draft(names[0] ?? 'jit-access', validity)
  const issuer = forge.pki.certificateFromPem(authority.cert)
  made.certificate.setIssuer(issuer.subject.attributes)
  made.certificate.setExtensions([
    { name: 'basicConstraints', cA: false, critical: true },
    { name: 'keyUsage', digitalSignature: true, keyEncipherment: true, critical: true },
    { name: 'extKeyUsage', serverAuth: !client, clientAuth: client },
    { name: 'subjectKeyIdentifier' },
    { name: 'authorityKeyIdentifier', keyIdentifier: issuer.generateSubjectKeyIdentifier().getBytes() },
    { name: 'subjectAltName', altNames: names.map((name) => (isIP(name) === 0 ? { type: 2, value: name } : { type: 7, ip: name })) },
  ])
  return finish(made, authority.key)
}

export const notAfterMs = (cert: string): number => Date.parse(new X509Certificate(cert).validTo)

/** DNS names and IP addresses of a certificate, sorted. */
export function namesOf(cert: string): readonly string[] {
  const names = new X509Certificate(cert).subjectAltName ?? ''
  return names
    .split(', ')
    .filter((name) => name !== '')
    .map((name) => name.replace(/^(DNS|IP Address):/, ''))
    .sort((a, b) => (a < b ? -1 : 1))
}

const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2'

/** Whether a server accepts the certificate from a client. */
export const isClient = (cert: string): boolean => new X509Certificate(cert).keyUsage.includes(CLIENT_AUTH)
