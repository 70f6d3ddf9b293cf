import type { Retention } from './record-retention.ts'

/** When record files are removed, as a server's config has it. */
export type RecordsRetention = {
  /** Days since something was written to a file. Optional. Defaults to 90. */
  readonly days?: number
  /** Size of all of them. Optional. Defaults to 8192, or 80 % of the volume where that is less. */
  readonly mebibytes?: number
}

export const recordsRetentionSchema = {
  type: 'object',
  additionalProperties: false,
  properties: { days: { type: 'integer', minimum: 1 }, mebibytes: { type: 'integer', minimum: 256 } },
} as const

const DAY_MS = 24 * 3600_000
const MEBIBYTE = 1024 * 1024

export const retentionOf = ({ days, mebibytes }: RecordsRetention = {}): Retention => ({
  ...(days === undefined ? {} : { maxAgeMs: days * DAY_MS }),
  ...(mebibytes === undefined ? {} : { maxBytes: mebibytes * MEBIBYTE }),
})
