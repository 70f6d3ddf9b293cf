import type { Of } from '../../domain/api/schema.ts'
import type { Retention } from './record-retention.ts'

/** Configuration of when a server removes record files. */
export const recordsRetentionSchema = {
  type: 'object',
  description: 'When record files are removed, the oldest first. Optional. Defaults to the default of each field.',
  properties: {
    days: {
      type: 'integer',
      format: 'int32',
      description: 'Days after the last write to a file. Optional. Defaults to 90.',
      minimum: 1,
    },
    mebibytes: {
      type: 'integer',
      format: 'int32',
      description: 'Total size of all record files, in MiB. Optional. Defaults to 8192, or to 80 % of the volume when that is less.',
      minimum: 256,
    },
  },
} as const

const DAY_MS = 24 * 3600_000
const MEBIBYTE = 1024 * 1024

export const retentionOf = ({ days, mebibytes }: Of<typeof recordsRetentionSchema> = {}): Retention => ({
  ...(days === undefined ? {} : { maxAgeMs: days * DAY_MS }),
  ...(mebibytes === undefined ? {} : { maxBytes: mebibytes * MEBIBYTE }),
})
