import { Counter, type Registry } from 'prom-client'
import type { Duplex } from 'node:stream'
import { createMasker } from '../../domain/mask/masker.ts'
import type { Clock } from '../../domain/clock.ts'
import type { EventOf } from '../../domain/record/events.ts'
import type { Recorder } from '../../domain/record/recorder.ts'
import { StatusError } from '../../domain/status-error.ts'
import { reasonOf, type Log } from '../../server/log.ts'
import { CannotImpersonate } from '../forward/impersonation-refusal.ts'
import { valuesInRequest } from '../mask/values/values-said.ts'
import type { CatchUp } from '../catch-up/catch-up.ts'
import { createReadAheadRoom, type ByteRoom } from '../byte-room.ts'
import type { Masking, Relay, RelayEnd, UpstreamClient } from '../ports.ts'
import { refuseSocket } from '../refuse.ts'
import type { Announced } from '../steps.ts'
import { createChannelRelay } from './websocket/channel-relay.ts'
import { exitCodeIn } from './exec-exit-code.ts'
import { openedOf } from './stream-events.ts'
import { createPortRelay } from './port-forward-relay.ts'
import { acceptOf, formOf, portsIn, speaksStatus, wantedBy, type WantedStream } from './protocols.ts'
import type { Ends, Later, Relaying, RelayContext } from './relay-port.ts'
import { runBothWays, type RunEnd } from './run-both-ways.ts'
import { send } from './serial-queue.ts'
import { MaskedChannel } from './recording/masked-channel.ts'
import { Transcript } from './recording/transcript.ts'
import { createSpdyRelay } from './spdy/relay.ts'
import { switchUpstream, type Switched } from './switch-upstream.ts'
import { createTunnelRelay } from './websocket/tunnel-relay.ts'
import { createWebSocketRelay } from './websocket/relay.ts'

export type RelayDependencies = {
  readonly upstream: UpstreamClient
  readonly masking: Masking
  readonly catchUp: CatchUp
  readonly heldRoom: ByteRoom
  readonly recorder: Recorder
  readonly clock: Clock
  readonly registry: Registry
  readonly log: Log
}

function relayingFor(form: ReturnType<typeof formOf>, ends: Ends, context: RelayContext): Relaying {
  switch (form) {
    case 'spdy':
      return createSpdyRelay(ends, context)
    case 'websocket-spdy':
      return createWebSocketRelay(ends, context, (inner) => createTunnelRelay(inner, context))
    case 'websocket-channels':
    case 'websocket-base64':
      return createWebSocketRelay(ends, context, (inner) =>
        context.stream === 'portforward' ? createPortRelay(inner, context.later) : createChannelRelay(inner, context, form === 'websocket-base64'),
      )
  }
}

/** The 101 response to the client. It takes nothing from upstream's response except the protocol. */
function switchingAnswer(wanted: WantedStream, protocol: string, auditID: string): Buffer {
  const websocket = wanted.transport === 'websocket'
  const lines = [
    'HTTP/1.1 101 Switching Protocols',
    `Upgrade: ${websocket ? 'websocket' : 'SPDY/3.1'}`,
    'Connection: Upgrade',
    ...(websocket ? [`Sec-WebSocket-Accept: ${acceptOf(wanted.key)}`] : []),
    ...(protocol === '' ? [] : [`${websocket ? 'Sec-WebSocket-Protocol' : 'X-Stream-Protocol-Version'}: ${protocol}`]),
    `Audit-ID: ${auditID}`,
  ]
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`)
}

const ENDED: Readonly<Record<RunEnd['reason'], RelayEnd['ended']>> = {
  completed: 'completed',
  client: 'aborted',
  upstream: 'completed',
  revoked: 'aborted',
  suspended: 'aborted',
  expired: 'aborted',
  tokenExpired: 'aborted',
  outdated: 'aborted',
  shutdown: 'aborted',
  failed: 'failed',
}

/** Relays and records one stream after both sides have switched protocols. Never throws, since no HTTP response can be sent any more. */
async function relayStream(at: {
  readonly announced: Announced
  readonly wanted: WantedStream
  readonly client: { readonly socket: Duplex; readonly head: Buffer }
  readonly switched: Switched
  readonly transcript: Transcript
  readonly ahead: ByteRoom
  readonly deps: RelayDependencies
}): Promise<RunEnd & { readonly exitCode: number | undefined }> {
  const { announced, wanted, client, switched, transcript, ahead, deps } = at
  let exitCode: number | undefined
  const { known } = deps.masking
  const said = valuesInRequest(announced, known)
  const records = wanted.stream !== 'portforward'
  const contextWith = (later: Later): RelayContext => ({
    later,
    stream: wanted.stream,
    ports: portsIn(announced.query),
    transcript,
    status: speaksStatus(switched.protocol),
    hide: (text) => deps.masking.agentText(text, announced),
    ended: (error) => void (exitCode ??= exitCodeIn(error)),
    channel: (name) => {
      // Masks keep the length of the value, so that formats framed by length (tar, as in `kubectl cp`) stay intact.
      const masker = createMasker('text', { known, said, sameLength: true })
      return records && name !== 'error' ? new MaskedChannel(masker, { of: transcript, as: name }) : new MaskedChannel(masker)
    },
  })
  const end = await runBothWays({
    relaying: (later, ends) => relayingFor(formOf(wanted, switched.protocol), ends, contextWith(later)),
    recording: transcript,
    hold: { catchUp: deps.catchUp, room: deps.heldRoom.of(announced.caller.identity.username) },
    ahead: ahead.of(announced.caller.identity.username),
    client,
    upstream: switched,
    ending: announced.ending,
    finished: () => exitCode !== undefined,
  })
  try {
    await transcript.end()
    return { ...end, exitCode }
  } catch (error) {
    return { ...end, reason: 'failed', error: end.error ?? error, exitCode }
  }
}

/** The record of the end of a stream. */
function closedOf(announced: Announced, transcript: Transcript, end: Awaited<ReturnType<typeof relayStream>>): EventOf<'stream.closed'> {
  const { reason, bytesIn, bytesOut, exitCode, error } = end
  return {
    event: 'stream.closed',
    auditID: announced.auditID,
    session: announced.caller.session,
    reason,
    durationMs: transcript.elapsedMs,
    bytesIn,
    bytesOut,
    exitCode,
    message: error === undefined ? undefined : reasonOf(error),
  }
}

/** Relays exec, attach and port-forward. Every frame of both directions is parsed: see spdy/relay.ts and websocket/relay.ts. */
export function createRelay(deps: RelayDependencies): Relay {
  const { recorder, clock, log } = deps
  const streams = new Counter({
    name: 'jit_gateway_streams_total',
    help: 'Streams by kind and by what ended them.',
    labelNames: ['stream', 'reason'],
    registers: [deps.registry],
  })

  const ahead = createReadAheadRoom(deps.registry)

  return async (announced, client) => {
    const wanted = wantedBy(announced)
    let switched: Switched
    try {
      switched = await switchUpstream(announced, wanted, deps)
    } catch (error) {
      if (!(error instanceof StatusError) || error.cause !== undefined || error instanceof CannotImpersonate) throw error
      refuseSocket(client.socket, error, announced.auditID)
      return { ended: 'completed', code: error.code, bytes: 0 }
    }
    const transcript = new Transcript({ auditID: announced.auditID, session: announced.caller.session }, recorder, clock)
    try {
      await recorder.record(openedOf(announced, wanted))
    } catch (cause) {
      switched.socket.destroy()
      throw new StatusError('ServiceUnavailable', 'the stream cannot be recorded, so it is not opened', { cause })
    }
    await send(client.socket, switchingAnswer(wanted, switched.protocol, announced.auditID))
    const end = await relayStream({ announced, wanted, client, switched, transcript, ahead, deps })
    streams.inc({ stream: wanted.stream, reason: end.reason })
    if (end.error !== undefined) log.warn('stream.failed', { auditID: announced.auditID, error: reasonOf(end.error) })
    try {
      await recorder.record(closedOf(announced, transcript, end))
    } catch (error) {
      log.error('stream.unrecorded', { auditID: announced.auditID, error: reasonOf(error) })
    }
    return { ended: ENDED[end.reason], code: 101, bytes: end.bytesOut, ...(end.error === undefined ? {} : { message: reasonOf(end.error) }) }
  }
}
