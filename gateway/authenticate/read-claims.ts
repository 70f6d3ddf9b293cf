import { createHash } from 'node:crypto'
import { StatusError } from '../../domain/status-error.ts'
import type { Caller } from '../steps.ts'
import type { IssuerConfig } from './issuer-config.ts'

/** Claims become header values: bounded, printable ASCII, no blank at either end. */
const WORD = /^[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?$/
const MOST_GROUPS = 100

const unauthorized = (message: string): StatusError => new StatusError('Unauthorized', message)

function claim(claims: object, name: string): unknown {
  return Object.hasOwn(claims, name) ? (claims as { readonly [name: string]: unknown })[name] : undefined
}

function word(value: unknown, what: string): string {
  if (typeof value !== 'string' || !WORD.test(value)) throw unauthorized(`the token's ${what} is missing, or is not a short printable word`)
  // An issuer that hands out such names is broken or hostile; the prefix would hide it, and nobody would learn.
  if (value.startsWith('system:')) throw new StatusError('Forbidden', `the token's ${what} starts with "system:", which no issuer may hand out`)
  return value
}

function groupsOf(value: unknown): readonly string[] {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value) || value.length > MOST_GROUPS) throw unauthorized(`the token's groups are no list of at most ${MOST_GROUPS}`)
  return value.map((group) => word(group, 'groups'))
}

/** One session for one subject of one issuer: a renewed token carries on with it. */
export function sessionOf(issuer: string, username: string): string {
  return createHash('sha256').update(`${issuer}\0${username}`).digest('hex').slice(0, 32)
}

/**
 * The caller that verified claims describe. The issuer's prefixes are always put on, so two issuers never share a name.
 * @throws StatusError Unauthorized when a claim is missing or malformed, Forbidden when it claims to be of the system
 */
export function readClaims(claims: { readonly exp: number }, config: IssuerConfig): Caller {
  const raw = word(claim(claims, config.usernameClaim), config.usernameClaim)
  if (config.usernameClaim === 'email' && claim(claims, 'email_verified') !== true) throw unauthorized("the token's email is not verified")
  const username = `${config.usernamePrefix}${raw}`
  const groups = groupsOf(claim(claims, config.groupsClaim)).map((group) => `${config.groupsPrefix}${group}`)
  return {
    identity: { username, uid: '', groups, extra: {} },
    issuer: config.issuer,
    session: sessionOf(config.issuer, username),
    expiresAtMs: claims.exp * 1000,
  }
}
