import { MOST } from '../../api/access-session.ts'

const word = (max: number) => ({ type: 'string', maxLength: max }) as const
const count = { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER } as const
/** A date that JavaScript can express. */
const time = { type: 'number', minimum: -8.64e15, maximum: 8.64e15 } as const
const list = (maxItems: number, items: object) => ({ type: 'array', maxItems, items }) as const
const NAMES = word(253)

const COUNTS = ['forwarded', 'refused', 'held', 'streams', 'unrecorded']
const REQUIRED = ['session', 'startMs', 'reachMs', 'lastMs', 'user', 'cut', ...COUNTS, ...Object.keys(MOST)]

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
    policies: list(MOST.policies, NAMES),
    grants: list(MOST.grants, NAMES),
    requests: list(MOST.requests, NAMES),
    places: list(MOST.places, {
      type: 'object',
      additionalProperties: false,
      required: ['policy', 'namespace'],
      properties: { policy: NAMES, namespace: NAMES },
    }),
    terminals: list(MOST.terminals, {
      type: 'object',
      additionalProperties: false,
      required: ['auditID', 'stream', 'openedMs'],
      properties: { auditID: word(128), stream: { enum: ['exec', 'attach'] }, openedMs: time, command: word(200) },
    }),
    moreTerminals: count,
    writers: list(MOST.writers, word(255)),
    cut: { type: 'array', maxItems: Object.keys(MOST).length, items: { enum: Object.keys(MOST) } },
  },
} as const
