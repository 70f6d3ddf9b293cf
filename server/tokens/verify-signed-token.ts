import { errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey, type JWTVerifyResult } from 'jose'

/** A fault of the token, and not of its verifier. The message contains names of claims and algorithms, never values. */
export class TokenFault extends Error {}

/** How far `iat` and `nbf` may be in the future, in case the issuer's clock is ahead. kube-apiserver allows the same for `nbf`. */
const CLOCK_SKEW_SECONDS = 60
/** How long a token is accepted after `exp`. kube-apiserver allows no tolerance. Streams end at `exp` itself. */
const EXPIRY_TOLERANCE_SECONDS = 10
/** Maximum number of keys of one issuer to try for a token without `kid`. */
const MAX_KEYS_TRIED = 16
/** A token of another type has another purpose, even if issuer and audience match: a logout token (RFC 8417) must not authenticate. */
const TYPES: ReadonlySet<string> = new Set(['jwt', 'at+jwt'])

/** Errors that are faults of the token. All other errors are not the caller's fault. */
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

export type ExpectedToken = {
  readonly issuer?: string
  readonly audiences: readonly string[]
  readonly algorithms: readonly string[]
  readonly nowMs: number
  /** Maximum time from `iat` to `exp`. Optional. Defaults to no limit. */
  readonly maxLifeSeconds?: number
}

/** Claims of a verified token. */
export type VerifiedClaims = JWTPayload & { readonly exp: number }

function checkTypeAndTimes({ payload, protectedHeader }: JWTVerifyResult, { nowMs, maxLifeSeconds = Infinity }: ExpectedToken): VerifiedClaims {
  const { exp, iat } = payload
  const type = protectedHeader.typ?.toLowerCase().replace(/^application\//, '')
  if (type !== undefined && !TYPES.has(type)) throw new TokenFault('the header typ is neither JWT nor at+jwt')
  if (exp === undefined || typeof iat !== 'number') throw new TokenFault('exp and iat are required, and one of them is missing or not a number')
  const now = nowMs / 1000
  if (exp <= now - EXPIRY_TOLERANCE_SECONDS) throw new TokenFault(`it expired ${Math.round(now - exp)} s ago`)
  if (iat > Math.ceil(now) + CLOCK_SKEW_SECONDS)
    throw new TokenFault(`iat is ${Math.round(iat - now)} s ahead of this clock; ${CLOCK_SKEW_SECONDS} s are accepted`)
  if (!(exp - iat <= maxLifeSeconds)) throw new TokenFault(`it lives longer than ${maxLifeSeconds} s from iat to exp`)
  return { ...payload, exp }
}

/** Verifies the signature. A token without `kid` is tried with every key that fits its algorithm, as in kube-apiserver. */
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
 * Verifies signature, issuer, audience, type and times of a token.
 * @throws TokenFault; other errors when the keys are unavailable
 */
export async function verifySignedToken(token: string, keys: JWTVerifyGetKey, expected: ExpectedToken): Promise<VerifiedClaims> {
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
    // The messages of jose contain names of claims and algorithms, never values.
    if (error instanceof Error && TOKEN_FAULTS.some((fault) => error instanceof fault)) throw new TokenFault(error.message)
    throw error
  }
}
