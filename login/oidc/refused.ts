import type { SignInFailure } from '../upstream-provider.ts'

/** Why an answer is refused. A closed list: metrics and the log name it, and what was sent appears nowhere. */
export type OidcRefusal = 'State' | 'Replay' | 'Denied' | 'Request' | 'Code' | 'Token' | 'AuthTime' | 'Name'

/** An answer of the provider that does not sign in anybody. `detail` is for the log: it names claims and codes, never values. */
export class OidcRefused extends Error {
  readonly refusal: OidcRefusal
  constructor(refusal: OidcRefusal, detail: string, cause?: unknown) {
    super(detail, { cause })
    this.name = 'OidcRefused'
    this.refusal = refusal
  }
}

type Explanation = Omit<SignInFailure, 'detail'>

const EXPIRED: Explanation = { reason: 'Expired', message: 'This sign-in was already used, or it took too long. Start again.' }

const EXPLANATIONS: { readonly [refusal in OidcRefusal]: Explanation } = {
  State: EXPIRED,
  Replay: EXPIRED,
  Code: EXPIRED,
  Denied: {
    reason: 'Refused',
    message: 'Your identity provider did not sign you in: you cancelled, or you may not use this. Try again, or ask an admin for access.',
  },
  Request: {
    reason: 'Invalid',
    message: 'Your identity provider does not accept requests from here. Tell an admin: the client of jit-access there is not set up rightly.',
  },
  Token: {
    reason: 'Invalid',
    message: 'The answer of your identity provider is not valid. Start again; if it happens again, tell an admin.',
  },
  AuthTime: {
    reason: 'Refused',
    message: 'The program that sent you here asks when you signed in, and your identity provider does not say it. Tell an admin.',
  },
  Name: { reason: 'Refused', message: 'Your identity provider gave you no name, or a name or groups that are not accepted here. Tell an admin.' },
}

/** What a person is told, and the log, about an error. Anything but a refusal is an error, not a denial. */
export function failureOf(error: unknown): SignInFailure {
  if (error instanceof OidcRefused) return { ...EXPLANATIONS[error.refusal], detail: `${error.refusal}: ${error.message}` }
  const detail = error instanceof Error ? error.message.slice(0, 200) : 'unknown'
  return { reason: 'Unavailable', message: 'Your identity provider cannot be reached at the moment. Try again later.', detail }
}
