import { DateTime, IANAZone } from 'luxon'

/** A time zone of the IANA database that the runtime knows. */
export type TimeZone = { readonly name: string; offsetMs(ms: number): number }

const MINUTE_MS = 60_000

/** Undefined for an unknown name. Offsets such as `+01:00` and the zone of the machine are not names. */
export function timeZoneOf(name: string): TimeZone | undefined {
  if (!/^[A-Za-z]/.test(name)) return undefined
  const zone = IANAZone.create(name)
  return zone.isValid ? { name, offsetMs: (ms) => zone.offset(ms) * MINUTE_MS } : undefined
}

/** RFC 3339 with the offset of the zone, as `2026-11-30T08:00:00+01:00`. */
export const formatIn = (zone: TimeZone, ms: number): string =>
  DateTime.fromMillis(ms, { zone: IANAZone.create(zone.name) }).toISO({ suppressMilliseconds: true }) ?? new Date(ms).toISOString()
