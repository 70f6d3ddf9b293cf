import { parseDuration } from './duration.ts'
import { usage } from './exit-code.ts'

/** RFC 3339. A time without a zone would mean another time on another machine. */
const TIME = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/

/** Parses a time, or a duration from now as `+2h`, to RFC 3339 in UTC. @throws CommandError */
export function parseStart(flag: string, text: string, nowMs: number): string {
  if (text.startsWith('+')) return new Date(nowMs + parseDuration(flag, text.slice(1)) * 1000).toISOString()
  const time = TIME.test(text) ? Date.parse(text) : NaN
  if (Number.isNaN(time))
    throw usage(`${flag}=${text}: invalid time`, `write it as ${flag}=+2h, or with a time zone as ${flag}=2026-11-25T22:00:00+01:00`)
  return new Date(time).toISOString()
}
