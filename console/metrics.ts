import { Counter, Histogram, type Registry } from 'prom-client'

export type SignInResult = 'Success' | 'Refused' | 'Error'
export type Action = 'approve' | 'deny' | 'revoke' | 'suspend' | 'resume'

export type ConsoleMetrics = {
  readonly signedIn: (result: SignInResult) => void
  readonly acted: (action: Action, code: number) => void
  readonly answered: (code: number, seconds: number) => void
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
    help: 'Decisions, revocations and suspensions of people who are signed in, by the code of the answer. 303 is success.',
    labelNames: ['action', 'code'],
    registers,
  })
  const seconds = new Histogram({
    name: 'jit_console_response_seconds',
    help: 'Time from the arrival of a request to its response, in seconds.',
    labelNames: ['code'],
    buckets: [0.01, 0.05, 0.1, 0.3, 1, 3, 10],
    registers,
  })
  return {
    signedIn: (result) => signIns.inc({ result }),
    acted: (action, code) => actions.inc({ action, code }),
    answered: (code, took) => seconds.observe({ code }, took),
  }
}
