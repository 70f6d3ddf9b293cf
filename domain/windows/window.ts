import type { TimeZone } from './zone.ts'

export const DAY_MINUTES = 1440

/** `days`: 0 is Monday. `from`, `to`: minutes of the local day on which the window starts; `to` is beyond the day for a window across midnight. */
export type Weekly = { readonly repeats: 'weekly'; readonly days: ReadonlySet<number>; readonly from: number; readonly to: number }
/** From `startMs`, before `endMs`. */
export type Once = { readonly repeats: 'once'; readonly startMs: number; readonly endMs: number }

/** One entry of `spec.approvals.windows`, checked and with its defaults. */
export type Window = {
  readonly name: string
  readonly effect: 'Open' | 'Freeze'
  readonly zone: TimeZone
  readonly reason: string | undefined
  readonly when: Weekly | Once
}

/** `field`: relative to the window; empty for the window itself. */
export type WindowFault = { readonly field: string; readonly message: string; readonly kind?: 'Required' | 'Forbidden' }

export const faultIf = (isFault: boolean, fault: WindowFault): readonly WindowFault[] => (isFault ? [fault] : [])
/** A value in a message. */
export const quoted = (value: unknown): string => JSON.stringify(value) ?? 'nothing'
