import { Counter, Histogram, type Registry } from 'prom-client'

export type LoginResult = 'Success' | 'Refused' | 'Error'

export type LoginMetrics = {
  readonly signedIn: (upstream: string, result: LoginResult) => void
  readonly exchanged: (result: LoginResult) => void
  readonly limited: (limit: string) => void
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
    help: 'Requests that were refused because their client address sent too many. The limit is sign-in, device, code or token.',
    labelNames: ['limit'],
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
    answered: (code, took) => seconds.observe({ code }, took),
  }
}
