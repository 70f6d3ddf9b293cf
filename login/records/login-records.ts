import type { EventOf } from '../../domain/record/events.ts'
import type { Recorder } from '../../domain/record/recorder.ts'
import { StatusError } from '../../domain/status-error.ts'
import { reasonOf, type Log } from '../../server/log.ts'
import { Buckets, bytesOf, type Rate } from '../../server/records/buckets.ts'
import { Unrecorded } from '../../server/records/unrecorded.ts'
import type { LoginMetrics } from '../metrics.ts'

export type Granted = EventOf<'login.signed-in'> | EventOf<'login.token-issued'>
export type RefusedSignIn = EventOf<'login.sign-in-refused'>
/** Of a person, or of a client that proved who it is. There is no event for anybody else. */
export type RefusedToken = EventOf<'login.token-refused'>
export type SignedOut = EventOf<'login.signed-out'>

/** What login records. Each person, agent and client has bounds of its own; anonymous visitors cause no event. */
export type LoginRecords = {
  /** Resolves when the event is durable. The sign-in or token must not be given out before. @throws NotRecorded */
  granted(event: Granted): Promise<void>
  /** Never fails: a refusal or a sign-out holds also when it cannot be recorded. A metric counts those then. */
  ended(event: RefusedSignIn | RefusedToken | SignedOut): Promise<void>
  /** Records the counts of what was not recorded individually. */
  flush(): Promise<void>
}

/** A sign-in or a token that is not given out because no record says so: an error or a bound, not a denial. */
export class NotRecorded extends StatusError {}

/** What people and jobs need. A person signs in a few times a day, and a program renews every few minutes. */
const GRANTED: Rate = { bytesPerSecond: 16 * 1024, bytes: 1024 * 1024, linesPerSecond: 20, lines: 1_000 }
/** Refusals and sign-outs cost nothing, and a working program causes few. */
const ENDED: Rate = { bytesPerSecond: 2 * 1024, bytes: 128 * 1024, linesPerSecond: 2, lines: 100 }

type Owner = Pick<EventOf<'login.unrecorded'>, 'subject' | 'client'>

/** The agent, person or client whose bound an event counts against. A person counts before the client that many people share. */
function ownerOf(event: Granted | RefusedToken | SignedOut): Owner {
  if ('actor' in event && event.actor !== undefined) return { subject: event.actor }
  if (event.event === 'login.token-refused' && event.subject === undefined) return { client: event.client }
  return { subject: event.subject }
}

/** `owner` is recorded with the count of what exceeds the bound. */
function boundOf(event: Granted | RefusedSignIn | RefusedToken | SignedOut): { readonly key: string; readonly owner: Owner } {
  // The name is that of the upstream: it can be any text, and here the name of somebody else.
  if (event.event === 'login.sign-in-refused') return { key: JSON.stringify([event.upstream, event.subject]), owner: { client: event.client } }
  const owner = ownerOf(event)
  return { key: JSON.stringify(owner), owner }
}

export type LoginRecordsOptions = { readonly recorder: Recorder; readonly metrics: LoginMetrics; readonly log: Log }

export function createLoginRecords({ recorder, metrics, log }: LoginRecordsOptions): LoginRecords {
  const granted = new Buckets(GRANTED, () => performance.now())
  const ended = new Buckets(ENDED, () => performance.now())
  const note: Recorder['note'] = async (event) => {
    try {
      await recorder.note(event)
    } catch (error) {
      metrics.recordLost()
      log.error('record.lost', { reason: event.event, error: reasonOf(error) })
    }
  }
  const unrecorded = new Unrecorded<Owner>((owner, count) => note({ event: 'login.unrecorded', ...owner, count }))
  return {
    granted: async (event) => {
      const wait = granted.take(boundOf(event).key, { bytes: bytesOf(event), lines: 1 })
      if (wait > 0) {
        metrics.limited('records')
        throw new NotRecorded('TooManyRequests', `your sign-ins fill the records too quickly; try again in ${wait} s`, {
          details: { retryAfterSeconds: wait },
        })
      }
      try {
        await recorder.record(event)
      } catch (cause) {
        metrics.notRecorded()
        log.error('record.failed', { reason: event.event, error: reasonOf(cause) })
        throw new NotRecorded('ServiceUnavailable', 'the sign-in cannot be recorded, so it is not done; try again', {
          cause,
          details: { retryAfterSeconds: 5 },
        })
      }
    },
    ended: async (event) => {
      const { key, owner } = boundOf(event)
      if (ended.take(key, { bytes: bytesOf(event), lines: 1 }) === 0) return await note(event)
      metrics.limited('records')
      unrecorded.add(key, owner)
    },
    flush: () => unrecorded.flush(),
  }
}
