import type { Identity } from './identities.ts'
import { ALGORITHMS, type Algorithm } from './signing-keys.ts'

/** Parameters of the minting grant, all text. Each one that is absent defaults to what a well-behaved provider does. */
export const ORDER_PARAMETERS = ['user', 'groups', 'audience', 'ttl', 'claims', 'alg', 'key'] as const
export type OrderParameters = { readonly [parameter in (typeof ORDER_PARAMETERS)[number]]?: unknown }

/** The algorithms that the provider has keys for, and two that no verifier may accept. */
export type MintAlgorithm = Algorithm | 'none' | 'HS256'
/** `foreign` is a key that the provider never published, under the kid of one that it did. */
export type KeyChoice = 'current' | 'foreign'

export type Order = {
  readonly subject: string
  readonly groups: readonly string[]
  readonly audiences: readonly string[]
  /** From now; negative for an expired token. */
  readonly ttlSeconds: number
  /** Override all other claims; null removes a claim. */
  readonly claims: { readonly [claim: string]: unknown }
  readonly alg: MintAlgorithm
  readonly key: KeyChoice
}

/** Why an order is invalid, for the caller. */
export class BadOrder extends Error {}

export const DEFAULT_TTL_SECONDS = 600

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)
const list = (value: string): readonly string[] => value.split(',').filter((part) => part !== '')

/** A user that is not in the file may be named too, with groups: tests invent identities. @throws BadOrder */
export function orderOf(parameters: OrderParameters, identities: ReadonlyMap<string, Identity>): Order {
  const user = text(parameters.user)
  if (user === undefined) throw new BadOrder('user is missing')
  const identity = identities.get(user)
  const groups = typeof parameters.groups === 'string' ? list(parameters.groups) : identity?.groups
  if (groups === undefined) throw new BadOrder(`there is no identity "${user}"; there are ${[...identities.keys()].join(', ')} (or name its groups)`)
  const audience = text(parameters.audience) ?? identity?.audience ?? 'jit-gateway'
  return {
    subject: user,
    groups,
    audiences: list(audience),
    ttlSeconds: ttlOf(text(parameters.ttl)),
    claims: { ...identity?.claims, ...claimsOf(text(parameters.claims)) },
    alg: algorithmOf(text(parameters.alg)),
    key: keyOf(text(parameters.key)),
  }
}

function ttlOf(value: string | undefined): number {
  const seconds = value === undefined ? DEFAULT_TTL_SECONDS : Number(value)
  if (!Number.isSafeInteger(seconds)) throw new BadOrder(`ttl: "${value}" is not a whole number of seconds`)
  return seconds
}

function claimsOf(value: string | undefined): { readonly [claim: string]: unknown } {
  if (value === undefined) return {}
  let claims: unknown
  try {
    claims = JSON.parse(value)
  } catch {
    throw new BadOrder('claims: this is not JSON')
  }
  if (typeof claims !== 'object' || claims === null || Array.isArray(claims)) throw new BadOrder('claims: not a JSON object')
  return claims as { readonly [claim: string]: unknown }
}

function algorithmOf(value: string | undefined): MintAlgorithm {
  const known: readonly MintAlgorithm[] = [...ALGORITHMS, 'none', 'HS256']
  const found = known.find((alg) => alg === (value ?? 'RS256'))
  if (found === undefined) throw new BadOrder(`alg: "${value}" must be one of ${known.join(', ')}`)
  return found
}

function keyOf(value: string | undefined): KeyChoice {
  if (value === undefined || value === 'current') return 'current'
  if (value === 'foreign') return 'foreign'
  throw new BadOrder(`key: "${value}" is neither current nor foreign`)
}
