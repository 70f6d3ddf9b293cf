import type { JWTPayload } from 'jose'
import { errors, type Adapter, type AdapterPayload } from 'oidc-provider'
import type { Clock } from '../../domain/clock.ts'
import { clearCookie, deletedCookie, readCookie, writeCookie } from '../../server/http/cookies.ts'
import { seal, unseal } from '../../server/sealing/seal.ts'
import type { SealKeys } from '../state/seal-keys.ts'
import { requestScope } from './request-scope.ts'

/** Interactions in other tabs that keep their cookie. The heads of a request have 64 KiB. */
const MAX_OTHERS = 4
/** Of a sealed session or interaction. A site that begins sign-ins with long parameters in a browser would else lock it out with cookies. */
const MAX_LENGTH = 7_200

const SESSION_COOKIE = '__Host-jit-login-session'
/** All cookies of a session: the ID and its signature are oidc-provider's. */
export const SESSION_COOKIES = [SESSION_COOKIE, '__Host-jit-login', '__Host-jit-login.sig'] as const
const INTERACTION_COOKIE = '__Host-jit-login-interaction.'

const unsupported = (): Promise<never> => Promise.reject(new Error('cookies have no such index'))

const nameIn = (line: string): string => line.slice(0, line.indexOf('='))

/** The lines that a response sets, without earlier ones for the same cookies. */
function setLines(lines: readonly string[]): void {
  const { response } = requestScope()
  const names = new Set(lines.map(nameIn))
  const before = [response.getHeader('set-cookie') ?? []].flat().map(String)
  response.setHeader('set-cookie', [...before.filter((line) => !names.has(nameIn(line))), ...lines])
}

function currentValue(name: string): string {
  const { request, written } = requestScope()
  return written.has(name) ? (written.get(name) ?? '') : readCookie(request, name)
}

/** Removes a cookie from the browser. */
export function dropCookie(name: string): void {
  const { request, written } = requestScope()
  const cleared = clearCookie(request, name)
  // Also one that only this response sets.
  setLines(cleared.length > 0 ? cleared : [deletedCookie(name)])
  written.set(name, undefined)
}

function dropOldInteractions(): void {
  const { request } = requestScope()
  const names = [...(request.headers.cookie ?? '').matchAll(/(__Host-jit-login-interaction[.][\w-]+)=/g)].map(([, name = '']) => name)
  // A long cookie has parts, NAME-1 and so on.
  const whole = [...new Set(names)].filter((name) => !/-\d$/.test(name) || !names.includes(name.slice(0, -2)))
  for (const name of whole.slice(0, Math.max(0, whole.length - MAX_OTHERS))) dropCookie(name)
}

/**
 * Sessions and interactions live in sealed cookies of the browser that they belong to: a visitor who never signs in takes no room, and every replica reads them. One
 * browser cannot use those of another, since the ID that oidc-provider asks for has to be the sealed one.
 */
export function cookieAdapter(model: 'Session' | 'Interaction', { keys, clock }: { readonly keys: () => SealKeys; readonly clock: Clock }): Adapter {
  const nameOf = (id: string): string => (model === 'Session' ? SESSION_COOKIE : `${INTERACTION_COOKIE}${id}`)
  const open = async (name: string): Promise<JWTPayload | undefined> => {
    const opened = await unseal(keys().cookies, { token: currentValue(name), nowMs: clock.nowMs() })
    return opened?.['model'] === model ? opened : undefined
  }
  return {
    upsert: async (id, payload, expiresIn = 0) => {
      const claims = { model, id, payload } as unknown as JWTPayload
      const value = await seal(keys().cookies, { claims, expiresAtMs: clock.nowMs() + expiresIn * 1000 })
      const { request, written } = requestScope()
      if (model === 'Interaction') dropOldInteractions()
      if (value.length > MAX_LENGTH) throw new errors.InvalidRequest('the parameters of this sign-in are too long')
      const lines = writeCookie(request, { name: nameOf(id), value, maxAgeSeconds: expiresIn })
      if (lines === undefined) throw new errors.InvalidRequest('the parameters of this sign-in are too long')
      setLines(lines)
      written.set(nameOf(id), value)
    },
    find: async (id) => {
      const opened = await open(nameOf(id))
      return opened?.['id'] === id ? (opened['payload'] as AdapterPayload) : undefined
    },
    // Of the one session that a browser has.
    findByUid: async (uid) => {
      const payload = (await open(SESSION_COOKIE))?.['payload'] as AdapterPayload | undefined
      return model === 'Session' && payload?.uid === uid ? payload : undefined
    },
    // `id` may be one that the session had before: its cookie has the same name.
    destroy: (id) => {
      dropCookie(nameOf(id))
      return Promise.resolve()
    },
    findByUserCode: unsupported,
    consume: unsupported,
    revokeByGrantId: unsupported,
  }
}
