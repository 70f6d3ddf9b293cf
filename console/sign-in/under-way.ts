import { createHash } from 'node:crypto'
import type { Request } from 'express'
import { clearCookie, readCookie, writeCookie } from '../../server/http/cookies.ts'
import { SIGN_IN_SECONDS } from './sign-in.ts'

const PREFIX = '__Host-jit-console-sign-in.'
const NAMES = /__Host-jit-console-sign-in\.[0-9a-f]{12}/g
/** Sign-ins in other tabs that keep their cookie. The heads of a request have 64 KiB, and links of other sites can begin sign-ins too. */
const MAX_OTHERS = 3

/** Each sign-in has a cookie of its own: tabs that sign in at the same time do not take it from each other. */
const nameOf = (state: string): string => `${PREFIX}${createHash('sha256').update(state).digest('hex').slice(0, 12)}`

/** The sealed sign-in that an answer of the provider belongs to. Empty when this browser has none. */
export const readUnderWay = (request: Request, state: string): string => readCookie(request, nameOf(state))

/** The header lines that forget a sign-in. */
export const forgetUnderWay = (request: Request, state: string): readonly string[] => clearCookie(request, nameOf(state))

/** The header lines that keep a sign-in, and forget the oldest ones, which the browser names first. */
export function keepUnderWay(request: Request, { location, sealed }: { readonly location: string; readonly sealed: string }): readonly string[] {
  const name = nameOf(new URL(location).searchParams.get('state') ?? '')
  const others = [...new Set((request.headers.cookie ?? '').match(NAMES))].filter((each) => each !== name)
  const old = others.slice(0, Math.max(0, others.length - MAX_OTHERS))
  return [
    ...old.flatMap((each) => clearCookie(request, each)),
    ...(writeCookie(request, { name, value: sealed, maxAgeSeconds: SIGN_IN_SECONDS }) ?? []),
  ]
}
