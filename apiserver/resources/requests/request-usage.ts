import { createHash } from 'node:crypto'
import type { AccessRequest } from '../../../domain/api/access-request.ts'
import { accountOf } from '../../../domain/identity.ts'
import type { JsonObject } from '../../storage/port.ts'

/**
 * Store resource for the recent requests of each requester, not a kind of the API. It is written in the same commit as the request, so that
 * concurrent requests cannot both pass the check.
 */
export const USAGE = 'requestusage'

export const HOUR_MS = 3_600_000

/** A request that is pending as far as its requester's entry knows. `asks`: digest of what it asks for; unset in entries of earlier versions. */
export type Open = { readonly name: string; readonly untilMs: number; readonly asks?: string }
/** `times`: when requests of the last hour were made. */
export type Usage = { readonly times: readonly number[]; readonly open: readonly Open[] }

/** The name of a requester's entry. All names of one requester share it. */
export const usageName = (username: string): string => createHash('sha256').update(accountOf(username)).digest('hex')

/** Fields that only describe the access. They differ when the requester writes another reason. */
const WORDS: ReadonlySet<string> = new Set(['requester', 'reason', 'ticket', 'agent'])

function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([key, each]): readonly [string, unknown] => [key, inOrder(each)])
  return Object.fromEntries(entries.toSorted(([one], [other]) => (one < other ? -1 : 1)))
}

/** Equal for requests that ask for the same access, whatever they say about it. */
export function asksOf({ spec }: Pick<AccessRequest, 'spec'>): string {
  const asked = Object.fromEntries(Object.entries(spec).filter(([field]) => !WORDS.has(field)))
  return createHash('sha256')
    .update(JSON.stringify(inOrder(asked)))
    .digest('base64url')
}

/** Earlier versions stored one entry for each request. */
type Stored = {
  readonly uses?: readonly { readonly name: string; readonly atMs: number; readonly untilMs: number }[]
  readonly times?: readonly number[]
  readonly open?: readonly Open[]
}

/** What still counts of a stored entry: the requests of the last hour, and those that are not expired. */
export function readUsage(value: JsonObject | undefined, nowMs: number): Usage {
  const { uses = [], times = [], open = [] } = (value ?? {}) as Stored
  // The first time, and then the milliseconds between one and the next: an hour can have thousands.
  let atMs = 0
  const made = [...uses.map((use) => use.atMs), ...times.map((more) => (atMs += more))]
  const opened = [...uses.map(({ name, untilMs }) => ({ name, untilMs })), ...open]
  return { times: made.filter((each) => each > nowMs - HOUR_MS), open: opened.filter(({ untilMs }) => untilMs > nowMs) }
}

export function writeUsage(requester: string, { times, open }: Usage): JsonObject {
  const between = times.map((atMs, index) => atMs - (times[index - 1] ?? 0))
  return { requester: accountOf(requester), times: between, open }
}

export const isUnused = ({ times, open }: Usage): boolean => times.length === 0 && open.length === 0
