import type { RecordEvent } from '../../../../domain/record/events.ts'
import { openRecorder, type FileRecorder } from '../../../../server/records/recorder.ts'

export const sessionNamed = (letter: string): string => letter.repeat(32)

/** A recorder whose time a test sets. */
export async function openAt(
  dir: string,
  options: { readonly host?: string; readonly pid?: number; readonly maxBytes?: number; readonly startMs: number },
): Promise<{ readonly recorder: FileRecorder; at(ms: number): void; write(ms: number, event: RecordEvent): Promise<void> }> {
  let nowMs = options.startMs
  const recorder = await openRecorder({
    dir,
    clock: { nowMs: () => nowMs },
    onError: () => undefined,
    writer: { host: options.host ?? 'gateway-a', pid: options.pid ?? 1 },
    ...(options.maxBytes === undefined ? {} : { maxBytes: options.maxBytes }),
  })
  return {
    recorder,
    at: (ms) => void (nowMs = ms),
    write: async (ms, event) => {
      nowMs = ms
      await recorder.note(event)
    },
  }
}

export const intentOf = (session: string, auditID: string, more: object = {}): RecordEvent => ({
  event: 'request.intent',
  auditID,
  session,
  user: `oidc:${session.slice(0, 1)}`,
  method: 'GET',
  path: '/api',
  ...more,
})
export const refusedOf = (session: string, auditID: string, more: object = {}): RecordEvent => ({
  event: 'request.refused',
  auditID,
  session,
  user: `oidc:${session.slice(0, 1)}`,
  code: 403,
  reason: 'Forbidden',
  ...more,
})
export const outcomeOf = (session: string, auditID: string, durationMs = 5): RecordEvent => ({
  event: 'request.outcome',
  auditID,
  session,
  ended: 'completed',
  code: 200,
  durationMs,
})
export const openedOf = (session: string, auditID: string, more: object = {}): RecordEvent => ({
  event: 'stream.opened',
  auditID,
  session,
  stream: 'exec',
  command: ['sh'],
  tty: true,
  ...more,
})
export const dataOf = (session: string, auditID: string, offsetMs: number, data: string): RecordEvent => ({
  event: 'stream.data',
  auditID,
  session,
  channel: 'stdout',
  offsetMs,
  data,
})
export const closedOf = (session: string, auditID: string, durationMs: number): RecordEvent => ({
  event: 'stream.closed',
  auditID,
  session,
  reason: 'completed',
  durationMs,
})
