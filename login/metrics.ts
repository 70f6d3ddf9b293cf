import { Counter, Histogram, type Registry } from 'prom-client'

export type LoginResult = 'Success' | 'Refused' | 'Error'

export type LoginMetrics = {
  readonly signedIn: (upstream: string, result: LoginResult) => void
  readonly exchanged: (result: LoginResult) => void
  readonly limited: (limit: string) => void
  readonly tokens: (grant: string, result: LoginResult) => void
  readonly recordLost: () => void
  readonly notRecorded: () => void
  readonly answered: (code: number, seconds: number) => void
}

export function loginMetrics(registry: Registry): LoginMetrics {
  const registers = [registry]
  const signIns = new Counter({
    name: 'jit_login_sign_ins_total',
    help: 'Sign-ins that came back from an upstream. The result is Success, Refused or Error.',
    labelNames: ['upstream', 'result'],
    registers,
  })
  const exchanges = new Counter({
    name: 'jit_login_exchanges_total',
    help: 'Tokens and SAML assertions that were presented for a token. The result is Success, Refused or Error.',
    labelNames: ['result'],
    registers,
  })
  const limits = new Counter({
    name: 'jit_login_limited_total',
    help: 'Requests that were refused because too many came. The limits sign-in, device, code and token are those of a client address; records is that of a person, agent or client.',
    labelNames: ['limit'],
    registers,
  })
  const tokens = new Counter({
    name: 'jit_login_tokens_total',
    help: 'Answers of the token endpoint, by the way to a token as the configuration names it, or none. The result is Success, Refused or Error.',
    labelNames: ['grant', 'result'],
    registers,
  })
  const lost = new Counter({ name: 'jit_login_records_lost_total', help: 'Refusals and sign-outs that could not be recorded.', registers })
  const failed = new Counter({
    name: 'jit_login_not_recorded_total',
    help: 'Sign-ins and tokens that were answered with 503 because they could not be recorded.',
    registers,
  })
  const seconds = new Histogram({
    name: 'jit_login_response_seconds',
    help: 'Time from the arrival of a request to its response, in seconds.',
    labelNames: ['code'],
    buckets: [0.01, 0.05, 0.1, 0.3, 1, 3, 10],
    registers,
  })
  return {
    signedIn: (upstream, result) => signIns.inc({ upstream, result }),
    exchanged: (result) => exchanges.inc({ result }),
    limited: (limit) => limits.inc({ limit }),
    tokens: (grant, result) => tokens.inc({ grant, result }),
    recordLost: () => lost.inc(),
    notRecorded: () => failed.inc(),
    answered: (code, took) => seconds.observe({ code }, took),
  }
}

/** Counts the record files that retention removed. */
export const recordFilesRemoved = (registry: Registry): Counter =>
  new Counter({ name: 'jit_login_record_files_removed_total', help: 'Record files that retention removed.', registers: [registry] })
