import { MAX_OF_RUN } from '../../api/access-session.ts'

const word = (max: number) => ({ type: 'string', maxLength: max }) as const
const count = { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER } as const
/** A date that JavaScript can express. */
const time = { type: 'number', minimum: -8.64e15, maximum: 8.64e15 } as const
const list = (maxItems: number, items: object) => ({ type: 'array', maxItems, items }) as const
const NAMES = word(253)

const COUNTS = ['forwarded', 'refused', 'held', 'streams', 'unrecorded']
const REQUIRED = ['session', 'startMs', 'reachMs', 'lastMs', 'user', 'cut', ...COUNTS, ...Object.keys(MAX_OF_RUN)]

/** A run as another process sends it. JSON Schema. */
export const runSchema = {
  type: 'object',
  additionalProperties: false,
  required: REQUIRED,
  properties: {
    session: { type: 'string', pattern: '^[0-9a-f]{32}$' },
    startMs: time,
    reachMs: time,
    lastMs: time,
    user: word(1024),
    issuer: word(2048),
    disputed: { type: 'boolean' },
    forwarded: count,
    refused: count,
    held: count,
    streams: count,
    unrecorded: count,
    policies: list(MAX_OF_RUN.policies, NAMES),
    grants: list(MAX_OF_RUN.grants, NAMES),
    requests: list(MAX_OF_RUN.requests, NAMES),
    places: list(MAX_OF_RUN.places, {
      type: 'object',
      additionalProperties: false,
      required: ['policy', 'namespace'],
      properties: { policy: NAMES, namespace: NAMES },
    }),
    terminals: list(MAX_OF_RUN.terminals, {
      type: 'object',
      additionalProperties: false,
      required: ['auditID', 'stream', 'openedMs'],
      properties: { auditID: word(128), stream: { enum: ['exec', 'attach'] }, openedMs: time, command: word(200) },
    }),
    moreTerminals: count,
    writers: list(MAX_OF_RUN.writers, word(255)),
    cut: { type: 'array', maxItems: Object.keys(MAX_OF_RUN).length, items: { enum: Object.keys(MAX_OF_RUN) } },
  },
} as const
