import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { exportJWK, generateKeyPair } from 'jose'
import { afterEach, describe, expect, it } from 'vitest'
import { localhost } from '../../fakes/localhost.ts'
import { createIssuerKeys } from '../../../server/tokens/issuer-keys.ts'

const PIECE = Buffer.alloc(256 * 1024, ' ')
let server: Server | undefined
afterEach(() => {
  server?.closeAllConnections()
  server?.close()
})

async function issuerWith(path: string, answer: (response: ServerResponse) => void) {
  const pair = await localhost('issuer-test')
  const made = createServer({ cert: pair.cert, key: pair.key }, (request, response) => {
    response.setHeader('content-type', 'application/json')
    if (request.url === path) return answer(response)
    const issuer = `https://localhost:${(made.address() as AddressInfo).port}`
    response.end(JSON.stringify({ issuer, jwks_uri: `${issuer}/jwks` }))
  })
  server = made
  made.listen(0, 'localhost')
  await once(made, 'listening')
  const issuer = `https://localhost:${(made.address() as AddressInfo).port}`
  return createIssuerKeys({ issuer, ca: pair.ca }, { nowMs: () => 0 })
}

/** An issuer whose answer at one path never ends. */
async function endless(path: string) {
  let sent = 0
  const pour = (response: ServerResponse): void => {
    if (response.destroyed) return
    sent += PIECE.length
    response.write(PIECE)
    response.once('drain', () => pour(response))
  }
  return { keys: await issuerWith(path, pour), sent: () => sent }
}

/** What the sockets of both sides hold is sent before the end of the connection arrives. */
const BOUND = 32 * 1024 * 1024

describe('the keys of an issuer', () => {
  it.each([
    ['accepted when they are compressed', 0, true],
    ['refused when they become long when they are inflated', 64 * 1024 * 1024, false],
  ])('are %s', async (_, blanks, isAccepted) => {
    const { publicKey } = await generateKeyPair('ES256')
    const own = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'any' }] })
    const compressed = gzipSync(own + ' '.repeat(blanks))
    const keys = await issuerWith('/jwks', (response) => void response.setHeader('content-encoding', 'gzip').end(compressed))
    const found = (await keys())({ alg: 'ES256', kid: 'any' }, { payload: '', signature: '' })
    if (isAccepted) expect(await found).toMatchObject({ type: 'public' })
    else await expect(found).rejects.toThrow()
  })
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
