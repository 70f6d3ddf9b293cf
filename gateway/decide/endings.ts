import { StatusError } from '../../domain/status-error.ts'
import type { Ending } from '../steps.ts'

const WORDS: Readonly<Record<Ending, string>> = {
  revoked: 'its grant was revoked, or a policy changed',
  suspended: 'a human has suspended this agent: stop, and tell a human',
  expired: 'its grant has expired',
  tokenExpired: 'the token has expired: repeat the command with a new one',
  outdated: 'the API server of jit-access has been unavailable for too long, so it is not known whether it is still allowed: repeat the command',
  shutdown: 'the gateway is shutting down: repeat the command',
}

export const isEnding = (value: unknown): value is Ending => typeof value === 'string' && Object.hasOwn(WORDS, value)

/** Describes why a response is ended. A value that is not an Ending counts as expired. */
export const describeEnding = (ending: unknown): string => WORDS[isEnding(ending) ? ending : 'expired']

/** Returns the Status for an ending. 401 makes clients get a new token, 503 makes them retry, 403 does neither. */
export function endingError(what: string, ending: unknown): StatusError {
  const reason = ending === 'tokenExpired' ? 'Unauthorized' : ending === 'shutdown' || ending === 'outdated' ? 'ServiceUnavailable' : 'Forbidden'
  return new StatusError(reason, `the gateway has ended ${what}: ${describeEnding(ending)}`)
}
