import type { SignInFailure } from '../upstream-provider.ts'

/** Why a message of SAML is refused. A closed list: metrics and the log name it, and the message that was sent appears nowhere. */
export type Refusal =
  | 'Malformed'
  | 'Unsigned'
  | 'BadSignature'
  | 'Algorithm'
  | 'Structure'
  | 'Issuer'
  | 'Destination'
  | 'Audience'
  | 'Recipient'
  | 'Time'
  | 'InResponseTo'
  | 'Unsolicited'
  | 'Replay'
  | 'Status'
  | 'Decryption'
  | 'Name'
  | 'Metadata'

/** A message of SAML that does not hold. `detail` is for the log: it names elements and never their content. */
export class SamlRefused extends Error {
  readonly refusal: Refusal
  constructor(refusal: Refusal, detail: string) {
    super(detail)
    this.name = 'SamlRefused'
    this.refusal = refusal
  }
}

const MESSAGES: { readonly [reason in SignInFailure['reason']]: string } = {
  Refused: 'Your identity provider did not sign you in, or it gave you a name that is not accepted here.',
  Invalid: 'The answer of your identity provider is not valid. Start again; if it happens again, tell an admin.',
  Expired: 'This sign-in was already used, or it took too long. Start again.',
  Unavailable: 'Signing in does not work at the moment. Try again later.',
}

const REASONS: { readonly [refusal in Refusal]?: SignInFailure['reason'] } = {
  Status: 'Refused',
  Name: 'Refused',
  InResponseTo: 'Expired',
  Replay: 'Expired',
  Time: 'Expired',
  Unsolicited: 'Expired',
  Metadata: 'Unavailable',
}

/** What a person is told, and the log, about an error. Anything but a refusal is an error, not a denial. */
export function failureOf(error: unknown): SignInFailure {
  const reason = error instanceof SamlRefused ? (REASONS[error.refusal] ?? 'Invalid') : 'Unavailable'
  const detail =
    error instanceof SamlRefused ? `${error.refusal}: ${error.message}` : error instanceof Error ? error.message.slice(0, 200) : 'unknown'
  return { reason, message: MESSAGES[reason], detail }
}
