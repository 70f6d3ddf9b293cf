import type { IncomingMessage } from 'node:http'
import { expect, it } from 'vitest'
import { authenticate, createTokenReviews } from '../../../apiserver/machinery/http/front-proxy.ts'
import { StatusError } from '../../../domain/status-error.ts'

/** X. Callers of jit-apiserver that are not known yet. */
const config = {
  ca: '',
  allowedNames: new Set(['front-proxy-client']),
  usernameHeaders: ['x-remote-user'],
  uidHeaders: ['x-remote-uid'],
  groupHeaders: ['x-remote-group'],
  extraPrefixes: ['x-remote-extra-'],
}
const from = (remoteAddress: string, token: string): IncomingMessage =>
  ({ socket: { authorized: false, remoteAddress }, rawHeaders: [], headers: { authorization: `Bearer ${token}` } }) as unknown as IncomingMessage
const byProxy = {
  socket: { authorized: true, remoteAddress: 'evil', getPeerCertificate: () => ({ subject: { CN: 'front-proxy-client' } }) },
  rawHeaders: ['X-Remote-User', 'approver'],
  headers: {},
} as unknown as IncomingMessage

it('X522 a client that sends unknown tokens to jit-apiserver causes few reviews at once, and those of others do not wait behind them', async () => {
  const reviewed: string[] = []
  const ended = Promise.withResolvers<undefined>()
  const reviews = createTokenReviews((token) => {
    reviewed.push(token)
    return token === 'good' ? Promise.resolve({ username: 'bob', uid: '', groups: [], extra: {} }) : ended.promise
  })
  const code = (request: IncomingMessage): Promise<number> =>
    authenticate(request, config, reviews).then(
      () => 200,
      (error: unknown) => (error instanceof StatusError ? error.code : 0),
    )
  const evil = Array.from({ length: 500 }, (_, index) => code(from('evil', `unknown-${index}`)))
  expect(reviewed).toHaveLength(8)
  expect(await code(from('other', 'good'))).toBe(200)
  expect(await code(byProxy)).toBe(200)
  ended.resolve(undefined)
  const codes = await Promise.all(evil)
  expect([401, 429].map((each) => codes.filter((one) => one === each).length)).toEqual([8, 492])
})
