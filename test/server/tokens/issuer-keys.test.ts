import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { createAuthority } from '../../../hack/cluster/certificate-authority.ts'
import { createIssuerKeys } from '../../../server/tokens/issuer-keys.ts'

const PIECE = Buffer.alloc(256 * 1024, ' ')
let server: Server | undefined
afterEach(() => {
  server?.closeAllConnections()
  server?.close()
})

/** An issuer whose answer at one path never ends. */
async function endless(path: string) {
  const authority = await createAuthority('issuer-test')
  const pair = await authority.issue({ commonName: 'issuer', usage: 'server', dns: ['localhost'], ips: [] })
  let sent = 0
  const pour = (response: ServerResponse): void => {
    if (response.destroyed) return
    sent += PIECE.length
    response.write(PIECE)
    response.once('drain', () => pour(response))
  }
  const made = createServer({ cert: pair.cert, key: pair.key }, (request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    if (request.url === path) return pour(response)
    const issuer = `https://localhost:${(made.address() as AddressInfo).port}`
    response.end(JSON.stringify({ issuer, jwks_uri: `${issuer}/jwks` }))
  })
  server = made
  made.listen(0, 'localhost')
  await once(made, 'listening')
  const issuer = `https://localhost:${(made.address() as AddressInfo).port}`
  return { keys: createIssuerKeys({ issuer, ca: authority.cert }, { nowMs: () => 0 }), sent: () => sent }
}

/** What the sockets of both sides hold is sent before the end of the connection arrives. */
const BOUND = 32 * 1024 * 1024

describe('the keys of an issuer', () => {
  it('are refused when the discovery document does not end', async () => {
    const { keys, sent } = await endless('/.well-known/openid-configuration')
    await expect(keys()).rejects.toThrow()
    expect(sent()).toBeLessThan(BOUND)
  })
  it('are refused when they do not end', async () => {
    const { keys, sent } = await endless('/jwks')
    const find = await keys()
    await expect(find({ alg: 'ES256', kid: 'any' }, { payload: '', signature: '' })).rejects.toThrow()
    expect(sent()).toBeLessThan(BOUND)
  })
})
