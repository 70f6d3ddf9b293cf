import { AsyncLocalStorage } from 'node:async_hooks'
import type { Request, RequestHandler, Response } from 'express'

/**
 * One HTTP request. The adapters of oidc-provider get no request, and need one: for the cookies, and for the versions of what this request has read, without which two
 * requests could both use a code.
 */
export type RequestScope = {
  readonly request: Request
  readonly response: Response
  /** Versions of what was read from the shared state, by type and key. */
  readonly versions: Map<string, string>
  /** Cookies that this request wrote, by name. Undefined: cleared. */
  readonly written: Map<string, string | undefined>
  /** Makes what this request has used up usable once more. */
  readonly undo: (() => Promise<unknown>)[]
  /** Whose code or refresh token it presents. */
  presenter?: string
  /** When the session of the person at the upstream ends, in milliseconds. */
  sessionEndsAtMs?: number
  /** Of the ID token that it gets. */
  jti?: string
}

const scopes = new AsyncLocalStorage<RequestScope>()

export const inRequestScope: RequestHandler = (request, response, next) =>
  scopes.run({ request, response, versions: new Map(), written: new Map(), undo: [] }, () => next())

/** @throws Error outside of a request: nothing may be read or written then */
export function requestScope(): RequestScope {
  const scope = scopes.getStore()
  if (scope === undefined) throw new Error('there is no request')
  return scope
}
