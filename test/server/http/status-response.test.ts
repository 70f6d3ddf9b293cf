import { once } from 'node:events'
import { createServer, request, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { StatusError } from '../../../domain/status-error.ts'
import { sendStatus, statusResponse } from '../../../server/http/status-response.ts'

const BUSY = new StatusError('TooManyRequests', 'too many requests', { details: { retryAfterSeconds: 7 } })

let server: Server
let answer: (response: ServerResponse) => void
beforeEach(async () => {
  server = createServer((_, response) => answer(response)).listen(0, '127.0.0.1')
  await once(server, 'listening')
})
afterEach(() => {
  server.closeAllConnections()
  server.close()
})
const url = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`

it('sends the Status with its code, its length and Retry-After, and is not cached', async () => {
  answer = (response) => response.req.resume().once('end', () => sendStatus(response, BUSY))
  const response = await fetch(url())
  const text = await response.text()
  expect(response.status).toBe(429)
  expect(JSON.parse(text)).toEqual(BUSY.toStatus())
  expect(Object.fromEntries(response.headers)).toMatchObject({
    'content-type': 'application/json',
    'content-length': String(text.length),
    'cache-control': 'no-cache, private',
    'retry-after': '7',
    connection: 'keep-alive',
  })
})
it('sends no Retry-After when the error has none, and the headers of the caller', async () => {
  answer = (response) => sendStatus(response, new StatusError('NotFound', 'not here'), { 'audit-id': 'a-1' })
  const { headers } = await fetch(url())
  expect([headers.get('retry-after'), headers.get('audit-id')]).toEqual([null, 'a-1'])
})
it('closes the connection when the body was not read', async () => {
  answer = (response) => sendStatus(response, BUSY)
  const sent = request(url(), { method: 'POST', headers: { 'content-length': '3', connection: 'keep-alive' } })
  sent.on('error', () => undefined).write('a')
  const [response] = (await once(sent, 'response')) as [{ readonly statusCode: number; readonly headers: { readonly connection?: string } }]
  expect([response.statusCode, response.headers.connection]).toEqual([429, 'close'])
  sent.destroy()
})
it('ends a response that has begun instead of adding to it', async () => {
  answer = (response) => {
    response.writeHead(200).write('some')
    sendStatus(response, BUSY)
  }
  await expect(fetch(url()).then((response) => response.text())).rejects.toThrow()
})
it('counts bytes, not characters', () => {
  const { headers, body } = statusResponse(new StatusError('NotFound', 'ä'))
  expect(headers['content-length']).toBe(String(body.length))
})
