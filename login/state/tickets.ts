import type { Clock } from '../../domain/clock.ts'
import { equalSecrets } from '../../server/sealing/equal-secrets.ts'
import type { Tickets } from '../upstream-provider.ts'
import type { PurposeKey } from '../../server/sealing/seal.ts'
import { macOf, type SealKeys } from './seal-keys.ts'

const MAX_LENGTH = 4096

/** Tickets for one owner, such as an upstream: those of another do not read as its own. */
export function createTickets(keys: () => SealKeys, clock: Clock, owner: string): Tickets {
  const bound = (kind: string, body: string): string => `${owner}\0${kind}\0${body}`
  /** The key that made a ticket, while it is valid. */
  const keyOf = (kind: string, ticket: string): { readonly key: PurposeKey; readonly text: string } | undefined => {
    if (ticket.length > MAX_LENGTH) return undefined
    const [, body = '', end = '', text = '', mac = ''] = /^t(([0-9a-z]{1,12})[.]([\w-]*))[.]([\w-]{43})$/.exec(ticket) ?? []
    const given = Buffer.from(mac, 'base64url')
    const key = keys().tickets.find((each) => equalSecrets(macOf(each, bound(kind, body)), given))
    return key === undefined || Number.parseInt(end, 36) * 1000 <= clock.nowMs() ? undefined : { key, text }
  }
  return {
    issue: (kind, text, ttlSeconds) => {
      const end = Math.ceil(clock.nowMs() / 1000) + ttlSeconds
      const body = `${end.toString(36)}.${Buffer.from(text, 'utf8').toString('base64url')}`
      const [key] = keys().tickets
      return `t${body}.${macOf(key, bound(kind, body)).toString('base64url')}`
    },
    read: (kind, ticket) => {
      const found = keyOf(kind, ticket)
      return found === undefined ? undefined : Buffer.from(found.text, 'base64url').toString('utf8')
    },
    secret: (kind, ticket, purpose) => {
      const found = keyOf(kind, ticket)
      return found === undefined ? undefined : macOf(found.key, `${bound(kind, ticket)}\0secret\0${purpose}`).toString('base64url')
    },
  }
}
