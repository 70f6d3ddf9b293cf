import { Counter, Gauge, Histogram, type Registry } from 'prom-client'

export type SignInResult = 'Success' | 'Refused' | 'Error'
export type Action = 'approve' | 'deny' | 'review' | 'revoke' | 'suspend' | 'resume' | 'createKey' | 'registerKey' | 'removeKey'

export type ConsoleMetrics = {
  readonly signedIn: (result: SignInResult) => void
  readonly acted: (action: Action, code: number) => void
  readonly answered: (code: number, seconds: number) => void
  /** Streams of the live inbox that opened, or, if negative, closed. */
  readonly streams: (more: number) => void
  readonly liveFailed: () => void
}

export function consoleMetrics(registry: Registry): ConsoleMetrics {
  const registers = [registry]
  const signIns = new Counter({
    name: 'jit_console_sign_ins_total',
    help: 'Sign-ins that came back from the identity provider. The result is Success, Refused or Error.',
    labelNames: ['result'],
    registers,
  })
  const actions = new Counter({
    name: 'jit_console_actions_total',
    help: 'Decisions, revocations, suspensions and changes of passkeys by people who are signed in, by the code of the answer. 303 is success, and 200 asks for a passkey.',
    labelNames: ['action', 'code'],
    registers,
  })
  const seconds = new Histogram({
    name: 'jit_console_response_seconds',
    help: 'Time from the arrival of a request to its response, in seconds. Streams are not counted.',
    labelNames: ['code'],
    buckets: [0.01, 0.05, 0.1, 0.3, 1, 3, 10],
    registers,
  })
  const streams = new Gauge({ name: 'jit_console_inbox_streams', help: 'Browsers that show a live inbox now.', registers })
  const liveErrors = new Counter({
    name: 'jit_console_inbox_stream_errors_total',
    help: 'Watches and reads for live inboxes that failed. They are repeated.',
    registers,
  })
  return {
    streams: (more) => streams.inc(more),
    liveFailed: () => liveErrors.inc(),
    signedIn: (result) => signIns.inc({ result }),
    acted: (action, code) => actions.inc({ action, code }),
    answered: (code, took) => seconds.observe({ code }, took),
  }
}
