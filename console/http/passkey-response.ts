import type { Request } from 'express'
import type { Registration } from '../../domain/api/passkeys/approver-key.ts'
import type { Assertion } from '../../domain/api/passkeys/assertion.ts'
import { StatusError } from '../../domain/status-error.ts'
import { field } from './read-form.ts'

const unreadable = (): StatusError => new StatusError('Invalid', 'Nothing was done: the response of your browser cannot be read. Try again.')

/** The text at a path of the response, which a script of the page wrote. The server checks its form. */
function textAt(value: unknown, ...path: readonly string[]): string {
  const found = path.reduce<unknown>(
    (at, key) => (typeof at === 'object' && at !== null && Object.hasOwn(at, key) ? (at as { readonly [key: string]: unknown })[key] : undefined),
    value,
  )
  if (typeof found !== 'string') throw unreadable()
  return found
}

function responseIn(request: Request): object {
  try {
    const response: unknown = JSON.parse(field(request, 'response'))
    if (typeof response === 'object' && response !== null) return response
  } catch {
    // Refused below.
  }
  throw unreadable()
}

/** Whether the form was completed by an authenticator. */
export const isSigned = (request: Request): boolean => field(request, 'response') !== ''

/** @throws StatusError Invalid */
export function registrationIn(request: Request): Registration {
  const response = responseIn(request)
  const { transports } = (response as { readonly response?: { readonly transports?: unknown } }).response ?? {}
  const known = Array.isArray(transports) ? transports.filter((one): one is string => typeof one === 'string') : []
  return {
    id: textAt(response, 'id'),
    clientDataJSON: textAt(response, 'response', 'clientDataJSON'),
    attestationObject: textAt(response, 'response', 'attestationObject'),
    ...(known.length === 0 ? {} : { transports: known.slice(0, 8) }),
  }
}

/** The assertion of a form, and the ID of the credential that made it. @throws StatusError Invalid */
export function assertionIn(request: Request): Omit<Assertion, 'key'> & { readonly credentialID: string } {
  const response = responseIn(request)
  return {
    credentialID: textAt(response, 'id'),
    issuedAt: field(request, 'issuedAt'),
    authenticatorData: textAt(response, 'response', 'authenticatorData'),
    clientDataJSON: textAt(response, 'response', 'clientDataJSON'),
    signature: textAt(response, 'response', 'signature'),
  }
}
