import { PAGES } from '../html/navigation.ts'
import { StatusError } from '../../domain/status-error.ts'

/** A name of an object of Kubernetes: a DNS subdomain. */
const NAME = /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/
const REQUESTS = '/requests/'
const SESSIONS = '/sessions/'
/** An audit ID in a path. kube-apiserver and the gateway make UUIDs; clients of other names get no link. */
const STREAM = /^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$|^-$/
const POLICIES = '/policies/'
const AGENTS = '/agents/of/'

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

/** The decisions on a page of a request, where the reader is after their own. */
export const DECISIONS = 'decisions'
export const decisionsPath = (name: string): string => `${requestPath(name)}#${DECISIONS}`

/** The notice on the page of grants that one has ended. */
export const ENDED = 'ended'
/** The grants of a filter, after one of them was revoked. */
export function grantsPath(query: { readonly subject: string; readonly policy: string; readonly ended: string }): string {
  const given = Object.entries(query).filter(([, value]) => value !== '')
  return `/grants?${new URLSearchParams(given).toString()}#${ENDED}`
}

export const isStream = (text: unknown): text is string => typeof text === 'string' && STREAM.test(text)

export const sessionPath = (name: string): string => `${SESSIONS}${encodeURIComponent(name)}`
export const terminalPath = (name: string, stream: string): string => `${sessionPath(name)}/terminals/${encodeURIComponent(stream)}`
export const castPath = (name: string, stream: string): string => `${terminalPath(name, stream)}/recording.cast`

export const keyPath = (name: string): string => `${KEYS}/${encodeURIComponent(name)}`

export const policyPath = (name: string): string => `${POLICIES}${encodeURIComponent(name)}`

/** Longest user name whose page has a link, in bytes. */
const MAX_AGENT = 1024
const CODED = /^[A-Za-z0-9_-]+$/

/** The name of an agent in paths and forms. It may hold any character, and pages show some of them as others. Letters and digits stay what they are. */
export const codedAgent = (username: string): string => Buffer.from(username, 'utf8').toString('base64url')

/** The page of an agent. Its coded name survives sign-in and proxies. */
export const agentPath = (username: string): string => `${AGENTS}${codedAgent(username)}`

/** The user name of {@link codedAgent}. Undefined for anything that it does not make. */
export function agentIn(coded: unknown): string | undefined {
  if (typeof coded !== 'string' || !CODED.test(coded) || coded.length > 2 * MAX_AGENT) return undefined
  const username = Buffer.from(coded, 'base64url').toString('utf8')
  const isOne = codedAgent(username) === coded && Buffer.byteLength(username) <= MAX_AGENT
  return isOne ? username : undefined
}

const isNamed = (path: string, folder: string): boolean => path.startsWith(folder) && isName(path.slice(folder.length))

function isTerminal(path: string): boolean {
  const [empty, folder, name, terminals, stream, ...more] = path.split('/')
  return empty === '' && `/${folder}/` === SESSIONS && isName(name) && terminals === 'terminals' && isStream(stream) && more.length === 0
}

const isPage = (path: string): boolean =>
  isNamed(path, SESSIONS) ||
  isTerminal(path) ||
  PAGES.some((page) => path === page.path) ||
  isNamed(path, REQUESTS) ||
  isNamed(path, POLICIES) ||
  (path.startsWith(AGENTS) && agentIn(path.slice(AGENTS.length)) !== undefined)

/** Parameters that sign-in keeps, by the path of the page: what its form sends. They choose what the page shows, and do nothing. */
const KEPT: ReadonlyMap<string, readonly string[]> = new Map([
  ['/grants', ['subject', 'policy']],
  ['/agents', ['named']],
  ['/sessions', ['agent', 'policy', 'since', 'outcome']],
  ['/history', ['requester', 'policy', 'outcome', 'mine', 'hours', 'page']],
])
/** Longest query that sign-in keeps, as it is written. It has to fit into a cookie. */
const MAX_QUERY = 2048

/** Written again from its parts, so that it holds nothing but letters, digits and codes. */
function keptQuery(path: string, query: string): string {
  const names = KEPT.get(path) ?? []
  const given = query.length > MAX_QUERY ? [] : [...new URLSearchParams(query)].filter(([name, value]) => names.includes(name) && value !== '')
  const kept = new URLSearchParams(given).toString()
  return kept === '' || kept.length > MAX_QUERY ? '' : `?${kept}`
}

/**
 * The page that sign-in may lead to, or the inbox. Only exact paths of pages pass, with the parameters of their forms: no host or fragment, nothing
 * encoded in a path, and nothing that acts.
 */
export function pageOrInbox(target: unknown): string {
  if (typeof target !== 'string') return INBOX
  const [path = '', ...query] = target.split('?')
  if (!isPage(path) || (query.length > 0 && !KEPT.has(path))) return INBOX
  return `${path}${keptQuery(path, query.join('?'))}`
}

/** The path that signs in, and then leads to a page. */
export const signInPath = (page: string): string => `/sign-in?to=${encodeURIComponent(page)}`
