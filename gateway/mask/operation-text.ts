/**
 * Text of an operation for approvers and records: its method, path, query, names and command. Values of Secrets are not masked in it, since
 * a user who can write any Secret could then choose what approvers and auditors do not see. Only tokens of well-known formats are hidden, in
 * free text.
 */
import { hideTokens } from '../../domain/mask/hide-tokens.ts'
import type { RequestInfo } from '../../domain/request-info.ts'
import { writeTarget, type RequestTarget } from '../arrive/read-target.ts'

/** Splits a proxy path. The second part is for the proxied server and can be anything. */
const PROXIED = /^(.*?\/(?:pods|services|nodes)\/[^/]+\/proxy)(\/.*)$/

/** The path. Parts that Kubernetes parses as names are unchanged. `info` is undefined if the path was not parsed. */
export function shownPath(path: string, info: RequestInfo | undefined): string {
  if (info?.isResourceRequest !== true) return hideTokens(path)
  const [, read, rest] = PROXIED.exec(path) ?? []
  return read === undefined || rest === undefined ? path : `${read}${hideTokens(rest)}`
}

/** Path and query. */
export function shownTarget({ path, query }: Pick<RequestTarget, 'path' | 'query'>, info: RequestInfo): string {
  const search = query.toString()
  const shown = writeTarget({ path: shownPath(path, info), query: new URLSearchParams() })
  return search === '' ? shown : `${shown}?${hideTokens(search)}`
}
