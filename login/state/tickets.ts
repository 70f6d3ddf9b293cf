import type { Clock } from '../../domain/clock.ts'
import { equalSecrets } from '../../server/sealing/equal-secrets.ts'
import type { Tickets } from '../upstream.ts'
import { macOf, type SealKeys } from './seal-keys.ts'

const MAX_LENGTH = 4096

/** Tickets for one owner, such as an upstream: those of another do not read as its own. */
export function createTickets(keys: () => SealKeys, clock: Clock, owner: string): Tickets {
  const bound = (kind: string, body: string): string => `${owner}\0${kind}\0${body}`
  return {
    issue: (kind, text, ttlSeconds) => {
      const end = Math.ceil(clock.nowMs() / 1000) + ttlSeconds
      const body = `${end.toString(36)}.${Buffer.from(text, 'utf8').toString('base64url')}`
      const [key] = keys().tickets
      return `t${body}.${macOf(key, bound(kind, body)).toString('base64url')}`
    },
    read: (kind, ticket) => {
      if (ticket.length > MAX_LENGTH) return undefined
      const [, body = '', end = '', text = '', mac = ''] = /^t(([0-9a-z]{1,12})[.]([\w-]*))[.]([\w-]{43})$/.exec(ticket) ?? []
      const given = Buffer.from(mac, 'base64url')
      const isOurs = keys().tickets.some((key) => equalSecrets(macOf(key, bound(kind, body)), given))
      if (!isOurs || Number.parseInt(end, 36) * 1000 <= clock.nowMs()) return undefined
      return Buffer.from(text, 'base64url').toString('utf8')
    },
  }
}
