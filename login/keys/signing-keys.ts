import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { calculateJwkThumbprint, exportJWK, type JWK } from 'jose'
import { ConfigError } from '../../server/config.ts'

export type SigningAlgorithm = 'RS256' | 'ES256' | 'ES384' | 'EdDSA'

/** A key that login signs with. `jwk` has its private part. */
export type SigningKey = { readonly kid: string; readonly alg: SigningAlgorithm; readonly key: KeyObject; readonly jwk: JWK }
/** `published`: public parts, of the current key and of those after and before it. */
export type SigningKeys = {
  readonly current: SigningKey
  readonly published: readonly JWK[]
  /** Private parts of the published keys that have one, the current key first: what an older key signed is still recognized. */
  readonly all: readonly JWK[]
}

const NAMES = ['current', 'next', 'previous'] as const
const MIN_RSA_BITS = 2048

function algorithmOf(key: KeyObject): SigningAlgorithm | undefined {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key
  if (type === 'rsa' && (details?.modulusLength ?? 0) >= MIN_RSA_BITS) return 'RS256'
  if (type === 'ec' && details?.namedCurve === 'prime256v1') return 'ES256'
  if (type === 'ec' && details?.namedCurve === 'secp384r1') return 'ES384'
  return type === 'ed25519' ? 'EdDSA' : undefined
}

async function readPem(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw new ConfigError(`${file}: cannot be read`)
  }
}

/** The messages of node:crypto can quote the file. */
function parsed<T>(file: string, parse: () => T): T {
  try {
    return parse()
  } catch {
    throw new ConfigError(`${file}: is not a key in PEM; make one with: openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:3072`)
  }
}

async function publishedOf(key: KeyObject, file: string): Promise<JWK & { readonly kid: string; readonly alg: SigningAlgorithm }> {
  const alg = algorithmOf(key)
  if (alg === undefined) throw new ConfigError(`${file}: is neither RSA of at least ${MIN_RSA_BITS} bits, P-256, P-384 nor Ed25519`)
  const jwk = await exportJWK(key)
  return { ...jwk, kid: await calculateJwkThumbprint(jwk), alg, use: 'sig' }
}

/**
 * Reads current.pem, which signs, and next.pem and previous.pem, which are only published: verifiers know a key before it signs, and as long as its tokens live.
 * The ID of a key is its thumbprint, the same at all replicas.
 * @throws ConfigError that names the file, and never its content
 */
export async function readSigningKeys(dir: string): Promise<SigningKeys> {
  let current: SigningKey | undefined
  const published: JWK[] = []
  const all: JWK[] = []
  for (const name of NAMES) {
    const file = join(dir, `${name}.pem`)
    const pem = await readPem(file)
    if (pem === undefined && name !== 'current') continue
    if (pem === undefined) throw new ConfigError(`${file}: is missing`)
    const jwk = await publishedOf(parsed(file, () => createPublicKey(pem)), file)
    if (published.some(({ kid }) => kid === jwk.kid)) continue
    published.push(jwk)
    const isPrivate = pem.includes('PRIVATE KEY')
    if (!isPrivate && name === 'current') throw new ConfigError(`${file}: is a public key; the private one is needed to sign`)
    if (!isPrivate) continue
    const key = parsed(file, () => createPrivateKey(pem))
    const { kid, alg } = jwk
    const whole = { ...(await exportJWK(key)), kid, alg, use: 'sig' }
    all.push(whole)
    if (name === 'current') current = { kid, alg, key, jwk: whole }
  }
  if (current === undefined) throw new ConfigError(`${dir}: there is no current key`)
  return { current, published, all }
}
