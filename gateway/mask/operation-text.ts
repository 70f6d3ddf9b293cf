/**
 * What approvers and records get to see of an operation: its method, path, query, names, command. It is what was asked for, so no
 * value of a Secret is looked for in it: whoever writes one Secret anywhere would choose what approvers and auditors do not see.
 * Hidden are well-known tokens alone, by their form, in what is free text.
 */
import { hideTokens } from '../../domain/mask/hide-tokens.ts'
import type { RequestInfo } from '../../domain/request-info.ts'
import { writeTarget, type Target } from '../arrive/read-target.ts'

/** Behind it stands whatever the proxied server takes. */
const PROXIED = /^(.*?\/(?:pods|services|nodes)\/[^/]+\/proxy)(\/.*)$/

/** The path, as it is where Kubernetes reads names in it. `info`: undefined when it was not read. */
export function shownPath(path: string, info: RequestInfo | undefined): string {
  if (info?.isResourceRequest !== true) return hideTokens(path)
  const [, read, rest] = PROXIED.exec(path) ?? []
  return read === undefined || rest === undefined ? path : `${read}${hideTokens(rest)}`
}

/** Path and query. */
export function shownTarget({ path, query }: Pick<Target, 'path' | 'query'>, info: RequestInfo): string {
  const search = query.toString()
  const shown = writeTarget({ path: shownPath(path, info), query: new URLSearchParams() })
  return search === '' ? shown : `${shown}?${hideTokens(search)}`
}
