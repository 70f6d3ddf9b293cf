import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { calculateJwkThumbprint, exportJWK, type JWK } from 'jose'
import { ConfigError } from '../../server/config.ts'
import { readOneVersion } from '../../server/mounted-folder.ts'
import { unlessMissing } from '../../server/system-error.ts'

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

const CURVES: { readonly [curve: string]: SigningAlgorithm } = { prime256v1: 'ES256', secp384r1: 'ES384' }

function algorithmOf({ asymmetricKeyType: type, asymmetricKeyDetails: details = {} }: KeyObject): SigningAlgorithm | undefined {
  const { modulusLength = 0, namedCurve = '' } = details
  if (type === 'rsa') return modulusLength >= MIN_RSA_BITS ? 'RS256' : undefined
  if (type === 'ec') return Object.hasOwn(CURVES, namedCurve) ? CURVES[namedCurve] : undefined
  return type === 'ed25519' ? 'EdDSA' : undefined
}

async function readPem(file: string): Promise<string | undefined> {
  try {
    return await unlessMissing(readFile(file, 'utf8'))
  } catch {
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

type ReadKey = { readonly published: JWK & { readonly kid: string }; readonly signing?: SigningKey }

async function readKey(file: string): Promise<ReadKey | undefined> {
  const pem = await readPem(file)
  if (pem === undefined) return undefined
  const published = await publishedOf(
    parsed(file, () => createPublicKey(pem)),
    file,
  )
  if (!pem.includes('PRIVATE KEY')) return { published }
  const key = parsed(file, () => createPrivateKey(pem))
  const { kid, alg } = published
  return { published, signing: { kid, alg, key, jwk: { ...(await exportJWK(key)), kid, alg, use: 'sig' } } }
}

/**
 * Reads current.pem, which signs, and next.pem and previous.pem, which are only published: verifiers know a key before it signs, and as long as its tokens live.
 * The ID of a key is its thumbprint, the same at all replicas.
 * @throws ConfigError that names the file, and never its content
 */
export async function readSigningKeys(dir: string): Promise<SigningKeys> {
  // Of two versions, a key could be in neither: the one that moved from next to current, or from current to previous.
  const read = await readOneVersion(dir, (folder) => Promise.all(NAMES.map((name) => readKey(join(folder, `${name}.pem`)))))
  const current = read[0]?.signing
  if (current === undefined) throw new ConfigError(`${join(dir, 'current.pem')}: is missing, or is a public key; the private one signs`)
  // The same key may be there twice, in the middle of a rotation.
  const keys = read
    .flatMap((key) => (key === undefined ? [] : [key]))
    .filter((key, index, all) => all.findIndex(({ published }) => published.kid === key.published.kid) === index)
  return {
    current,
    published: keys.map(({ published }) => published),
    all: keys.flatMap(({ signing }) => (signing === undefined ? [] : [signing.jwk])),
  }
}
