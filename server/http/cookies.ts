import type { IncomingMessage } from 'node:http'

/** Browsers keep 4096 bytes of a cookie with its name and attributes. */
const PART_LENGTH = 3600
/** Six parts hold the name of a user and some 300 groups. The heads of a request have 64 KiB. */
const MAX_PARTS = 6

const nameOf = (name: string, part: number): string => (part === 0 ? name : `${name}-${part}`)

/** `__Host-` makes browsers accept the cookie only from this host, by HTTPS, for all paths. */
const attributes = (maxAgeSeconds: number): string => `; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=${maxAgeSeconds}`

/** The header that deletes one cookie. */
export const deletedCookie = (name: string): string => `${name}=${attributes(0)}`

function cookiesOf({ headers }: Pick<IncomingMessage, 'headers'>): ReadonlyMap<string, string> {
  const cookies = new Map<string, string>()
  for (const pair of (headers.cookie ?? '').split(';')) {
    const at = pair.indexOf('=')
    const name = pair.slice(0, at).trim()
    // Of two cookies of one name, the first has the longer path. With __Host- there is only one.
    if (at > 0 && !cookies.has(name)) cookies.set(name, pair.slice(at + 1).trim())
  }
  return cookies
}

/** The value of a cookie that may be in several parts. Empty when there is none. */
export function readCookie(request: Pick<IncomingMessage, 'headers'>, name: string): string {
  const cookies = cookiesOf(request)
  const parts: string[] = []
  for (let part = 0; part < MAX_PARTS; part++) {
    const value = cookies.get(nameOf(name, part))
    if (value === undefined) break
    parts.push(value)
  }
  return parts.join('')
}

/** The headers that delete a cookie: every part that the browser sent. */
export function clearCookie(request: Pick<IncomingMessage, 'headers'>, name: string): readonly string[] {
  const cookies = cookiesOf(request)
  const names = Array.from({ length: MAX_PARTS }, (_, part) => nameOf(name, part)).filter((each) => cookies.has(each))
  return names.map(deletedCookie)
}

/**
 * The headers that set a cookie, in parts where it is long, and delete the parts of a longer one before. Undefined when the value is too long for any
 * browser.
 */
export function writeCookie(
  request: Pick<IncomingMessage, 'headers'>,
  { name, value, maxAgeSeconds }: { readonly name: string; readonly value: string; readonly maxAgeSeconds: number },
): readonly string[] | undefined {
  const count = Math.ceil(value.length / PART_LENGTH)
  if (count > MAX_PARTS) return undefined
  const parts = Array.from(
    { length: count },
    (_, part) => `${nameOf(name, part)}=${value.slice(part * PART_LENGTH, (part + 1) * PART_LENGTH)}${attributes(maxAgeSeconds)}`,
  )
  const written = new Set(parts.map((part) => part.slice(0, part.indexOf('='))))
  return [...parts, ...clearCookie(request, name).filter((header) => !written.has(header.slice(0, header.indexOf('='))))]
}
