import { createHash } from 'node:crypto'

/** Name prefix of AccessRequests with an idempotency key. No other request may have such a name. */
export const KEY_NAME_PREFIX = 'key-'

export const idempotencyKeySchema = {
  type: 'string',
  description:
    'Key that the requester chooses. It determines the name of the request, so that a repeated creation finds the first request instead of making a second one: send it with metadata.generateName "key-", and the server sets the name. A creation with the same key is refused with AlreadyExists when it asks for the same access, and with Conflict when it asks for other access. Optional. Defaults to none.',
  minLength: 1,
  maxLength: 253,
} as const

/** The name of the request of this key. The requester is part of it, so nobody can take the name of another requester's key. */
export const nameOfKey = (username: string, key: string): string =>
  `${KEY_NAME_PREFIX}${createHash('sha256')
    .update(JSON.stringify([username, key]))
    .digest('hex')
    .slice(0, 24)}`
