import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

/** The Audit-ID of a request as kube-apiserver sends it. A new one where there is none, or one that is not of its form. */
export function auditIDOf({ headers }: IncomingMessage): string {
  const given = headers['audit-id']
  return typeof given === 'string' && /^[\w-]{1,64}$/.test(given) ? given : randomUUID()
}
