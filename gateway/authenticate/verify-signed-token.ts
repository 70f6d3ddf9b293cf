import { errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey, type JWTVerifyResult } from 'jose'
import { unauthorized } from '../unauthorized.ts'

/** How far the issuer's clock may be ahead of ours: what `iat` and `nbf` may be in the future. kube-apiserver gives `nbf` the same. */
const CLOCK_SKEW_SECONDS = 60
/** How long a token counts after its end; kube-apiserver gives nothing. Streams end at `exp` itself. */
const EXPIRY_TOLERANCE_SECONDS = 10
/** Keys of one issuer that a token without `kid` is tried with. */
const MAX_KEYS_TRIED = 16
/** A token of another type is meant for something else, even when issuer and audience fit: a logout token (RFC 8417) is no login. */
const TYPES: ReadonlySet<string> = new Set(['jwt', 'at+jwt'])

/** Faults of the token. Anything else is none of the caller's. */
const TOKEN_FAULTS = [
  errors.JWTExpired,
  errors.JWTClaimValidationFailed,
  errors.JWSSignatureVerificationFailed,
  errors.JOSEAlgNotAllowed,
  errors.JOSENotSupported,
  errors.JWTInvalid,
  errors.JWSInvalid,
  errors.JWKSNoMatchingKey,
  errors.JWKSMultipleMatchingKeys,
]

export type Expected = {
  readonly issuer?: string
  readonly audiences: readonly string[]
  readonly algorithms: readonly string[]
  readonly nowMs: number
  /** From `iat` to `exp`. Left out: any. */
  readonly maxLifeSeconds?: number
}

/** Claims of a token that was verified. */
export type VerifiedClaims = JWTPayload & { readonly exp: number }

function checkTypeAndTimes({ payload, protectedHeader }: JWTVerifyResult, { nowMs, maxLifeSeconds = Infinity }: Expected): VerifiedClaims {
  const { exp, iat } = payload
  const type = protectedHeader.typ?.toLowerCase().replace(/^application\//, '')
  if (type !== undefined && !TYPES.has(type)) throw unauthorized('the header typ is neither JWT nor at+jwt')
  if (exp === undefined || typeof iat !== 'number') throw unauthorized('exp and iat are needed, and one of them is missing or no number')
  const now = nowMs / 1000
  if (exp <= now - EXPIRY_TOLERANCE_SECONDS) throw unauthorized(`it expired ${Math.round(now - exp)} s ago`)
  if (iat > Math.ceil(now) + CLOCK_SKEW_SECONDS)
    throw unauthorized(`iat is ${Math.round(iat - now)} s ahead of this clock; ${CLOCK_SKEW_SECONDS} s are accepted`)
  if (!(exp - iat <= maxLifeSeconds)) throw unauthorized(`it lives longer than ${maxLifeSeconds} s from iat to exp`)
  return { ...payload, exp }
}

/** As kube-apiserver: a token without `kid` is tried with every key that its algorithm fits. */
async function verify(token: string, keys: JWTVerifyGetKey, options: Parameters<typeof jwtVerify>[2]): Promise<JWTVerifyResult> {
  try {
    return await jwtVerify(token, keys, options)
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error
    let tried = 0
    for await (const key of error) {
      if (++tried > MAX_KEYS_TRIED) break
      try {
        return await jwtVerify(token, key, options)
      } catch (failed) {
        if (!(failed instanceof errors.JWSSignatureVerificationFailed)) throw failed
      }
    }
    throw new errors.JWSSignatureVerificationFailed()
  }
}

/**
 * Signature, issuer, audience, type and times of a token.
 * @throws StatusError Unauthorized with the reason as its cause; other errors when the keys cannot be had
 */
export async function verifySignedToken(token: string, keys: JWTVerifyGetKey, expected: Expected): Promise<VerifiedClaims> {
  const { issuer, audiences, algorithms, nowMs } = expected
  try {
    const verified = await verify(token, keys, {
      algorithms: [...algorithms],
      ...(issuer === undefined ? {} : { issuer }),
      audience: [...audiences],
      requiredClaims: ['exp', 'iat'],
      clockTolerance: CLOCK_SKEW_SECONDS,
      currentDate: new Date(nowMs),
    })
    return checkTypeAndTimes(verified, expected)
  } catch (error) {
    // The messages of jose name claims and algorithms, never values.
    if (error instanceof Error && TOKEN_FAULTS.some((fault) => error instanceof fault)) throw unauthorized(error.message)
    throw error
  }
}
