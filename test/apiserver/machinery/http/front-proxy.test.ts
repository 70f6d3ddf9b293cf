import type { IncomingMessage } from 'node:http'
import { describe, expect, it } from 'vitest'
import { authenticate } from '../../../../apiserver/machinery/http/front-proxy.ts'
import type { FrontProxyConfig } from '../../../../kube/authentication/front-proxy-config.ts'

const config: FrontProxyConfig = {
  ca: 'unused: TLS has checked the chain',
  allowedNames: new Set(['front-proxy-client']),
  usernameHeaders: ['x-remote-user'],
  uidHeaders: ['x-remote-uid'],
  groupHeaders: ['x-remote-group'],
  extraPrefixes: ['x-remote-extra-'],
}

type Connection = { readonly authorized?: boolean; readonly CN?: unknown }

/** A request on a connection with this client certificate. By default it is the one of the front proxy. */
function requestWith(
  headers: readonly (readonly [name: string, value: string])[],
  { authorized = true, CN = 'front-proxy-client' }: Connection = {},
) {
  const token = headers.find(([name]) => name === 'Authorization')?.[1]
  const socket = { authorized, getPeerCertificate: () => ({ subject: { CN } }) }
  return { socket, rawHeaders: headers.flat(), headers: { authorization: token } } as unknown as IncomingMessage
}

const NAMED = [
  ['X-Remote-User', 'approver'],
  ['X-Remote-Uid', 'u-1'],
  ['X-Remote-Group', 'security'],
  ['X-Remote-Group', 'owners, all'],
  ['X-Remote-Extra-Example.com%2Fkey', 'one'],
  ['X-Remote-Extra-Example.com%2Fkey', 'two'],
] as const
const byToken = { username: 'token user', uid: '', groups: ['system:authenticated'], extra: {} }
const reviewer = (token: string) => Promise.resolve(token === 'good' ? byToken : undefined)
const unavailable = () => Promise.reject(new Error('unavailable'))
const bearer = (token: string) => ['Authorization', `Bearer ${token}`] as const

describe('a caller of the aggregated API server', () => {
  it('is the user that the front proxy names, with all values of repeated headers', async () => {
    expect(await authenticate(requestWith(NAMED), config, reviewer)).toEqual({
      username: 'approver',
      uid: 'u-1',
      groups: ['security', 'owners, all', 'system:authenticated'],
      extra: { 'example.com/key': ['one', 'two'] },
    })
  })

  it('has its name in UTF-8, and the first one if there are two', async () => {
    const latin1 = Buffer.from('zoë', 'utf8').toString('latin1')
    const request = requestWith([
      ['X-Remote-User', latin1],
      ['X-Remote-User', 'cluster-admin'],
    ])
    expect(await authenticate(request, config, reviewer)).toMatchObject({ username: 'zoë' })
  })

  it.each<readonly [string, Connection]>([
    ['without a valid certificate', { authorized: false }],
    ['with a certificate of another name', { CN: 'someone' }],
    ['with a certificate of several names', { CN: ['front-proxy-client', 'someone'] }],
    ['with a certificate of no name', { CN: null }],
  ])('is not named by its headers %s, only by its token', async (_, connection) => {
    await expect(authenticate(requestWith(NAMED, connection), config, reviewer)).rejects.toMatchObject({ code: 401 })
    expect(await authenticate(requestWith([...NAMED, bearer('good')], connection), config, reviewer)).toEqual(byToken)
  })

  it('is named by a token alone until the configuration of the front proxy is known', async () => {
    await expect(authenticate(requestWith(NAMED), undefined, reviewer)).rejects.toMatchObject({ code: 401 })
    expect(await authenticate(requestWith([...NAMED, bearer('good')]), undefined, reviewer)).toEqual(byToken)
  })

  it('is refused with a bad token, without one, and anonymously', async () => {
    await expect(authenticate(requestWith([bearer('bad')]), config, reviewer)).rejects.toMatchObject({ code: 401 })
    await expect(authenticate(requestWith([bearer('good more')]), config, reviewer)).rejects.toMatchObject({ code: 401 })
    await expect(authenticate(requestWith([['X-Remote-Group', 'system:masters']]), config, reviewer)).rejects.toMatchObject({ code: 401 })
  })

  it('fails when its token cannot be reviewed', async () => {
    await expect(authenticate(requestWith([bearer('good')]), config, unavailable)).rejects.toThrow('unavailable')
  })

  it('is not in the group of authenticated users if the front proxy says that it is anonymous', async () => {
    const request = requestWith([
      ['X-Remote-User', 'system:anonymous'],
      ['X-Remote-Group', 'system:unauthenticated'],
    ])
    expect(await authenticate(request, config, reviewer)).toMatchObject({ groups: ['system:unauthenticated'] })
  })
})
