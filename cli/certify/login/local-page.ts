import { randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

/** `own`: by the browser that signs in. `other`: by another one. Undefined: not of the page, or not by a person. */
export type PageVisit = 'own' | 'other' | undefined

/**
 * The page of this computer that leads to the provider. The arguments of a program can be read by every user of the computer, so the browser is started with
 * the address of this page, and not with that of the provider: a user who knows `state` and `nonce` could sign in and send the answer to the port. The page can
 * be read by every user of the computer too. The first browser that opens it gets a cookie, and only its answer counts. If another one opens the page,
 * one of the two is not that of the person, and the sign-in ends.
 */
export type LocalPage = {
  readonly url: string
  readonly cookie: string
  visit(request: IncomingMessage): PageVisit
  isOwn(request: IncomingMessage): boolean
}

export function createLocalPage(origin: string, port: number): LocalPage {
  const pair = `jit-access-login-${port}=${randomBytes(16).toString('base64url')}`
  let isOpened = false
  const isOwn = ({ headers }: IncomingMessage): boolean => (headers.cookie ?? '').split(';').some((each) => each.trim() === pair)
  return {
    url: `${origin}/`,
    // Lax: it is sent when the provider sends the browser back.
    cookie: `${pair}; Path=/; HttpOnly; SameSite=Lax; Max-Age=600`,
    isOwn,
    visit: (request) => {
      const { method, url, headers } = request
      // A page that tries ports is not a person who opens the page.
      if (method !== 'GET' || url !== '/' || `http://${headers.host}` !== origin || (headers['sec-fetch-site'] ?? 'none') !== 'none') return undefined
      if (isOpened && !isOwn(request)) return 'other'
      isOpened = true
      return 'own'
    },
  }
}
