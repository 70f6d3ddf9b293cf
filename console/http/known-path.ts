import { StatusError } from '../../domain/status-error.ts'

/** A name of an object of Kubernetes: a DNS subdomain. */
const NAME = /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/
const REQUESTS = '/requests/'

/** The page of the inbox, which opens when no other page is asked for. */
export const INBOX = '/'

/** Server-sent events of the inbox. */
export const INBOX_EVENTS = '/inbox/events'
/** The page of the user's passkeys. */
export const KEYS = '/keys'

export const isName = (text: unknown): text is string => typeof text === 'string' && NAME.test(text)

/** @throws StatusError NotFound for what cannot be the name of an object */
export function nameIn(text: unknown): string {
  if (!isName(text)) throw new StatusError('NotFound', 'There is no such page.')
  return text
}

export const requestPath = (name: string): string => `${REQUESTS}${encodeURIComponent(name)}`

export const keyPath = (name: string): string => `${KEYS}/${encodeURIComponent(name)}`

const isPage = (path: string): boolean =>
  path === INBOX || path === '/grants' || path === KEYS || (path.startsWith(REQUESTS) && isName(path.slice(REQUESTS.length)))

/**
 * The path of a page that sign-in may lead to, or the inbox. Only exact paths of pages pass: no host, query or fragment, nothing encoded, and nothing
 * that acts.
 */
export const pageOrInbox = (path: unknown): string => (typeof path === 'string' && isPage(path) ? path : INBOX)
