import { isObject } from '../../domain/is-object.ts'
import { StatusError } from '../../domain/status-error.ts'
import type { AskFirst } from '../steps.ts'

/** Under this path prefix, operations are only asked for and never run: docs/decisions/0029. Kubernetes has no path that begins like this. */
const PREFIX = '/ask'
/** The requester's words, as base64url of JSON. They follow the prefix, since kubectl adds neither headers nor a query of its own. */
const WORDS = /^\/spec\/([^/?]*)/
/** Fits a reason of 4096 characters. */
const MAX_WORDS = 16_384

type Read = {
  /** The request target without the prefix. */
  readonly url: string
  /** Undefined: the request is an ordinary one. */
  readonly askFirst: AskFirst | undefined
}

const refuse = (message: string): StatusError => new StatusError('BadRequest', `path: the words after ${PREFIX}/spec/ ${message}`)

const TEXTS: ReadonlySet<string> = new Set(['reason', 'ticket'])
const AGENT: ReadonlySet<string> = new Set(['name', 'model', 'session', 'task'])

const isAgent = (value: unknown): boolean =>
  isObject(value) && Object.entries(value).every(([field, text]) => AGENT.has(field) && typeof text === 'string')

/** jit-apiserver checks the lengths, and whether the texts are plain. */
const isField = ([field, value]: readonly [string, unknown]): boolean =>
  (TEXTS.has(field) && typeof value === 'string') ||
  (field === 'agent' && isAgent(value)) ||
  (field === 'durationSeconds' && typeof value === 'number' && Number.isSafeInteger(value))

/** @throws StatusError BadRequest for words that are not fields of an AccessRequest that a requester may set for an operation */
function wordsOf(encoded: string): AskFirst {
  if (encoded.length > MAX_WORDS) throw refuse(`are longer than ${MAX_WORDS} characters`)
  if (!/^[A-Za-z0-9_-]+$/.test(encoded)) throw refuse('are not base64url')
  let words: unknown
  try {
    words = JSON.parse(Buffer.from(encoded, 'base64url').toString('utf8'))
  } catch {
    throw refuse('are not JSON')
  }
  if (!isObject(words) || !Object.entries(words).every(isField))
    throw refuse('have a field other than reason, ticket, durationSeconds and agent with name, model, session and task')
  return words
}

/** Whether the path has the prefix. Other forms of it do not count: {@link refuseOtherAskPrefix}. */
const hasPrefix = (url: string): boolean => url === PREFIX || url.startsWith(`${PREFIX}/`) || url.startsWith(`${PREFIX}?`)

/** The request target without the prefix and words. Does not check the words. */
export function withoutAskPrefix(url: string): string {
  if (!hasPrefix(url)) return url
  const rest = url.slice(PREFIX.length).replace(WORDS, '')
  return rest.startsWith('/') ? rest : `/${rest}`
}

/** @throws StatusError BadRequest */
export function readAskPrefix(url: string): Read {
  if (!hasPrefix(url)) return { url, askFirst: undefined }
  const [, encoded] = WORDS.exec(url.slice(PREFIX.length)) ?? []
  return { url: withoutAskPrefix(url), askFirst: encoded === undefined ? {} : wordsOf(encoded) }
}

/** @throws StatusError BadRequest for a canonical path that has the prefix, which was given twice or escaped: kube-apiserver serves none */
export function refuseOtherAskPrefix(path: string): void {
  if (hasPrefix(path)) throw new StatusError('BadRequest', `path: ${PREFIX} is given twice, or escaped`)
}
