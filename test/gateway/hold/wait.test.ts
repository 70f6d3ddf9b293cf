import { expect, it } from 'vitest'
import type { AccessRequest } from '../../../domain/api/access-request.ts'
import type { AccessRequestClient } from '../../../gateway/hold/access-requests.ts'
import { waitForDecision } from '../../../gateway/hold/wait.ts'
import { heldOf } from './hold-fixture.ts'

const NOW_MS = 1_000_000
const pending: AccessRequest = { apiVersion: 'jit.access/v1', kind: 'AccessRequest', metadata: { name: 'one' }, spec: { reason: 'x' } }

/** A client of a request that stays pending. Its clock stands still, as if each timer ended before the clock reaches its time. */
const requests: AccessRequestClient = {
  nowMs: () => NOW_MS,
  read: () => Promise.resolve(pending),
  find: () => Promise.resolve({ request: pending }),
  whenDecided: (_, signal) => new Promise((resolve) => signal.addEventListener('abort', () => resolve(undefined))),
}

type Ends = { readonly timeoutMs?: number; readonly expiresAtMs?: number; readonly tokenExpiresAtMs?: number }

it.each<readonly [string, string, Ends]>([
  ['the hold time', 'TimedOut', { timeoutMs: 10 }],
  ['the time of the request', 'Expired', { expiresAtMs: NOW_MS + 10 }],
  ['the time of the token', 'TokenExpired', { tokenExpiresAtMs: NOW_MS + 10 }],
  ['the time of the request before all others', 'Expired', { expiresAtMs: NOW_MS + 10, tokenExpiresAtMs: NOW_MS + 10, timeoutMs: 10 }],
  ['the time of the token before the hold time', 'TokenExpired', { tokenExpiresAtMs: NOW_MS + 10, timeoutMs: 10 }],
])('a wait ends by %s as %s', async (_, phase, { expiresAtMs = Infinity, ...changes }) => {
  const { held } = heldOf({ timeoutMs: 60_000, tokenExpiresAtMs: NOW_MS + 60_000, ...changes })
  expect(await waitForDecision({ name: 'one', expiresAtMs }, held, requests)).toMatchObject({ phase, request: pending })
})
