/** A name of an object of Kubernetes: a DNS subdomain. */
const NAME = /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/
const REQUESTS = '/requests/'
const SESSIONS = '/sessions/'
/** An audit ID in a path. kube-apiserver and the gateway make UUIDs; clients of other names get no link. */
const STREAM = /^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$|^-$/

/** The page of the inbox, which opens when no other page is asked for. */
export const INBOX = '/'

/** Server-sent events of the inbox. */
export const INBOX_EVENTS = '/inbox/events'
/** The page of the user's passkeys. */
export const KEYS = '/keys'

export const isName = (text: unknown): text is string => typeof text === 'string' && NAME.test(text)

export const requestPath = (name: string): string => `${REQUESTS}${encodeURIComponent(name)}`

export const isStream = (text: unknown): text is string => typeof text === 'string' && STREAM.test(text)

export const sessionPath = (name: string): string => `${SESSIONS}${encodeURIComponent(name)}`
export const terminalPath = (name: string, stream: string): string => `${sessionPath(name)}/terminals/${encodeURIComponent(stream)}`
export const castPath = (name: string, stream: string): string => `${terminalPath(name, stream)}/recording.cast`

const isSessionPage = (path: string): boolean => path === '/sessions' || (path.startsWith(SESSIONS) && isName(path.slice(SESSIONS.length)))

export const keyPath = (name: string): string => `${KEYS}/${encodeURIComponent(name)}`

const isPage = (path: string): boolean =>
  isSessionPage(path) || path === INBOX || path === '/grants' || path === KEYS || (path.startsWith(REQUESTS) && isName(path.slice(REQUESTS.length)))

/**
 * The path of a page that sign-in may lead to, or the inbox. Only exact paths of pages pass: no host, query or fragment, nothing encoded, and nothing
 * that acts.
 */
export const pageOrInbox = (path: unknown): string => (typeof path === 'string' && isPage(path) ? path : INBOX)
