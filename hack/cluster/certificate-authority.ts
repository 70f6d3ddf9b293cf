import { generateKeyPair, randomBytes, sign, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import forge from 'node-forge'

export type Pair = { readonly cert: string; readonly key: string }

export type LeafOptions = {
  readonly commonName: string
  readonly organization?: string
  readonly usage: 'server' | 'client'
  readonly dns?: readonly string[]
  readonly ips?: readonly string[]
  /** Counted from now. Defaults to 30 days. Negative values are for tests of expiry. */
  readonly validSeconds?: number
}

/** A certificate authority with its key in memory. For tests on one machine: what it signs expires in 30 days. */
export type Authority = { readonly cert: string; readonly key: string; issue(options: LeafOptions): Promise<Pair> }

const KEEP_SECONDS = 30 * 24 * 3600
// Backdate: a clock that is slightly behind, as in a virtual machine that slept, must not reject a new certificate.
const BACKDATE_SECONDS = 300

const generate = promisify(generateKeyPair) as unknown as (
  type: 'rsa',
  options: { readonly modulusLength: number },
) => Promise<{ readonly privateKey: KeyObject; readonly publicKey: KeyObject }>

type Keys = { readonly pem: string; readonly privateKey: KeyObject; readonly publicKey: forge.pki.rsa.PublicKey }

/** Generates keys with node:crypto in its thread pool: node-forge takes seconds for one key. */
async function generateKeys(): Promise<Keys> {
  const { privateKey, publicKey } = await generate('rsa', { modulusLength: 2048 })
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  return {
    pem,
    privateKey,
    publicKey: forge.pki.publicKeyFromPem(publicKey.export({ type: 'spki', format: 'pem' }).toString()),
  }
}

/** Go accepts a serial number only in its shortest form and not negative: the first byte is neither 00 nor above 7f. */
function serialNumber(): string {
  const bytes = randomBytes(16)
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40
  return bytes.toString('hex')
}

function blank(keys: Keys, commonName: string, organization?: string): forge.pki.Certificate {
  const certificate = forge.pki.createCertificate()
  certificate.publicKey = keys.publicKey
  certificate.serialNumber = serialNumber()
  certificate.validity.notBefore = new Date(Date.now() - BACKDATE_SECONDS * 1000)
  certificate.validity.notAfter = new Date(Date.now() + KEEP_SECONDS * 1000)
  certificate.setSubject([
    ...(organization === undefined ? [] : [{ name: 'organizationName', value: organization }]),
    { name: 'commonName', value: commonName },
  ])
  return certificate
}

/** Signs with node:crypto: node-forge takes many times as long. */
function signWith({ privateKey }: Keys, certificate: forge.pki.Certificate): void {
  const signer = {
    sign: () => {
      const signed = Buffer.from(forge.asn1.toDer(certificate.tbsCertificate).getBytes(), 'latin1')
      return sign('sha256', signed, privateKey).toString('latin1')
    },
  }
  certificate.sign(signer as unknown as forge.pki.rsa.PrivateKey, forge.md.sha256.create())
}

const TYPE_DNS = 2
const TYPE_IP = 7

export async function createAuthority(commonName: string): Promise<Authority> {
  const keys = await generateKeys()
  const root = blank(keys, commonName)
  root.setIssuer(root.subject.attributes)
  root.setExtensions([
    { name: 'basicConstraints', cA: true, critical: true },
    { name: 'keyUsage', keyCertSign: true, cRLSign: true, digitalSignature: true, critical: true },
    { name: 'subjectKeyIdentifier' },
  ])
  signWith(keys, root)

  const issue = async (options: LeafOptions): Promise<Pair> => {
    const own = await generateKeys()
    const leaf = blank(own, options.commonName, options.organization)
    if (options.validSeconds !== undefined) {
      leaf.validity.notAfter = new Date(Date.now() + options.validSeconds * 1000)
      if (leaf.validity.notAfter < leaf.validity.notBefore) leaf.validity.notBefore = new Date(leaf.validity.notAfter.getTime() - 1000)
    }
    leaf.setIssuer(root.subject.attributes)
    const names = [...(options.dns ?? []).map((value) => ({ type: TYPE_DNS, value })), ...(options.ips ?? []).map((ip) => ({ type: TYPE_IP, ip }))]
    leaf.setExtensions([
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, keyEncipherment: true, critical: true },
      { name: 'extKeyUsage', ...(options.usage === 'server' ? { serverAuth: true } : { clientAuth: true }) },
      ...(names.length === 0 ? [] : [{ name: 'subjectAltName', altNames: names }]),
      { name: 'authorityKeyIdentifier', keyIdentifier: root.generateSubjectKeyIdentifier().getBytes() },
    ])
    signWith(keys, leaf)
    return { cert: forge.pki.certificateToPem(leaf), key: own.pem }
  }

  return { cert: forge.pki.certificateToPem(root), key: keys.pem, issue }
}
