import type { Run } from './run.ts'

/** A session of the records as the gateway writes it, and what it may be called in a path. */
const SESSION = /^[0-9a-f]{32}$/
const NAME = /^([0-9a-f]{32})-(\d{4})(\d{2})(\d{2})t(\d{2})(\d{2})(\d{2})z$/

/** Whether the session can be part of a name. The gateway names all its sessions so. */
export const isSession = (text: string): boolean => SESSION.test(text)

/** The name of the AccessSession of a run: the session of the records, and the second in which the run begins. */
export const nameOfRun = ({ session, startMs }: Pick<Run, 'session' | 'startMs'>): string =>
  `${session}-${new Date(startMs)
    .toISOString()
    .replaceAll(/[-:]|\.\d+/g, '')
    .toLowerCase()}`

/** The session of a name, and the second in which it begins. Undefined for what is not a name. */
export function readSessionName(name: string): { readonly session: string; readonly secondMs: number } | undefined {
  const match = NAME.exec(name)
  if (match === null) return undefined
  const [, session = '', year, month, day, hour, minute, second] = match
  const secondMs = Date.parse(`${year ?? ''}-${month ?? ''}-${day ?? ''}T${hour ?? ''}:${minute ?? ''}:${second ?? ''}Z`)
  return Number.isNaN(secondMs) ? undefined : { session, secondMs }
}

/**
 * Whether a name means this run. The second may be later than the start: the run was listed when an earlier part of it was not known, because its
 * gateway was away.
 */
export const means = (name: { readonly session: string; readonly secondMs: number }, { session, startMs, lastMs }: Run): boolean =>
  name.session === session && Math.floor(startMs / 1000) * 1000 <= name.secondMs && name.secondMs <= lastMs
