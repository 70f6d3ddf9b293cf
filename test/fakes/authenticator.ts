import { createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto'
import type { Registration } from '../../domain/api/passkeys/approver-key.ts'
import type { Assertion } from '../../domain/api/passkeys/assertion.ts'

export type Cbor = number | string | Buffer | readonly Cbor[] | ReadonlyMap<number | string, Cbor>

/** The head of a CBOR item: its major type and a number. */
function head(major: number, value: number): Buffer {
  const type = major << 5
  if (value < 24) return Buffer.from([type | value])
  if (value < 256) return Buffer.from([type | 24, value])
  return Buffer.from([type | 25, value >> 8, value & 0xff])
}

function cbor(value: Cbor): Buffer {
  if (typeof value === 'number') return value >= 0 ? head(0, value) : head(1, -1 - value)
  if (typeof value === 'string') return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)])
  if (Buffer.isBuffer(value)) return Buffer.concat([head(2, value.length), value])
  if (Array.isArray(value)) return Buffer.concat([head(4, value.length), ...value.map(cbor)])
  const entries = [...(value as ReadonlyMap<number | string, Cbor>)]
  return Buffer.concat([head(5, entries.length), ...entries.flatMap(([key, item]) => [cbor(key), cbor(item)])])
}

const sha256 = (data: string | Buffer): Buffer => createHash('sha256').update(data).digest()

/** What a test changes of a response. */
export type Twist = {
  readonly origin?: string
  readonly rpID?: string
  readonly type?: string
  readonly crossOrigin?: boolean
  /** Whether the user was present, and verified by PIN or fingerprint. */
  readonly present?: boolean
  readonly userVerified?: boolean
  /** Whether it says that the key may be copied to other devices. Optional. Defaults to false. */
  readonly backupEligible?: boolean
  /** The attestation of a registration. Optional. Defaults to none. */
  readonly attestation?: { readonly fmt: string; readonly attStmt: ReadonlyMap<string, Cbor> }
  /** Adds to the counter. Optional. Defaults to 1. */
  readonly counts?: number
}

export type Place = { readonly origin: string; readonly rpID: string }

/** The COSE key of ES256. */
function coseKey(key: KeyObject): Buffer {
  const { x = '', y = '' } = key.export({ format: 'jwk' })
  return cbor(
    new Map<number, Cbor>([
      [1, 2],
      [3, -7],
      [-1, 1],
      [-2, Buffer.from(x, 'base64url')],
      [-3, Buffer.from(y, 'base64url')],
    ]),
  )
}

/** An authenticator in software with one ES256 credential, as a browser gives its responses to a page of `place`. */
export function createAuthenticator(place: Place, { counter: first = 0 }: { readonly counter?: number } = {}) {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const credentialID = randomBytes(32)
  const id = credentialID.toString('base64url')
  let counter = first

  const clientData = (type: string, challenge: string, twist: Twist): string =>
    Buffer.from(
      JSON.stringify({ type: twist.type ?? type, challenge, origin: twist.origin ?? place.origin, crossOrigin: twist.crossOrigin ?? false }),
    ).toString('base64url')

  const authenticatorData = (
    { rpID = place.rpID, present = true, userVerified = true, backupEligible = false }: Twist,
    attested?: Buffer,
  ): Buffer => {
    const flags = (present ? 0x01 : 0) | (userVerified ? 0x04 : 0) | (backupEligible ? 0x08 : 0) | (attested === undefined ? 0 : 0x40)
    const count = Buffer.alloc(4)
    count.writeUInt32BE(counter)
    return Buffer.concat([sha256(rpID), Buffer.from([flags]), count, attested ?? Buffer.alloc(0)])
  }

  return {
    id,
    /** The counter that the next assertion goes on from. */
    setCounter: (value: number) => void (counter = value),
    create: (challenge: string, twist: Twist = {}): Registration => {
      const length = Buffer.alloc(2)
      length.writeUInt16BE(credentialID.length)
      const attested = Buffer.concat([Buffer.alloc(16), length, credentialID, coseKey(publicKey)])
      const attestation = new Map<string, Cbor>([
        ['fmt', twist.attestation?.fmt ?? 'none'],
        ['attStmt', twist.attestation?.attStmt ?? new Map()],
        ['authData', authenticatorData(twist, attested)],
      ])
      return {
        id,
        clientDataJSON: clientData('webauthn.create', challenge, twist),
        attestationObject: cbor(attestation).toString('base64url'),
        transports: ['internal'],
      }
    },
    get: (challenge: string, twist: Twist = {}): Omit<Assertion, 'key' | 'issuedAt'> => {
      counter += twist.counts ?? 1
      const clientDataJSON = clientData('webauthn.get', challenge, twist)
      const data = authenticatorData(twist)
      const signature = sign('sha256', Buffer.concat([data, sha256(Buffer.from(clientDataJSON, 'base64url'))]), privateKey)
      return { authenticatorData: data.toString('base64url'), clientDataJSON, signature: signature.toString('base64url') }
    },
  }
}
export type Authenticator = ReturnType<typeof createAuthenticator>
