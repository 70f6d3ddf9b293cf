import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { StatusError } from '../../../domain/status-error.ts'
import { createPageApp } from '../../../server/http/page-app.ts'
import { answerErrors } from '../../../server/http/page-errors.ts'
import { createLog } from '../../../server/log.ts'
import { until } from '../../until.ts'

let server: Server
let url: string
let lines: string[]
let answered: number[]
beforeEach(async () => {
  lines = []
  answered = []
  const app = createPageApp({ policy: "default-src 'self'", style: 'a {}', answered: ({ statusCode }) => void answered.push(statusCode) })
  app.get('/page', (_request, response) => void response.send('page'))
  app.post('/form', express.urlencoded({ extended: false, limit: 64 }), (_request, response) => void response.send('done'))
  app.all('/full', () => {
    throw new StatusError('TooManyRequests', 'Wait.', { details: { retryAfterSeconds: 7 } })
  })
  app.get('/broken', () => {
    throw new Error('canary')
  })
  app.get('/status/:status', ({ params: { status } }) => {
    throw Object.assign(new Error('canary'), { status: Number(status) })
  })
  app.get('/begun', (_request, response) => {
    response.write('begun')
    throw new Error('canary')
  })
  const log = createLog({ part: 'test', clock: { nowMs: () => 0 }, write: (line) => void lines.push(line) })
  app.use(answerErrors(log, (error, { path }, response) => void response.send(`${path}: ${error.message}`)))
  server = createServer(app)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterEach(async () => {
  server.closeAllConnections()
  await new Promise<void>((resolve) => server.close(() => resolve()))
})

const post = (body: string, charset = ''): Promise<Response> =>
  fetch(`${url}/form`, { method: 'POST', body, headers: { 'content-type': `application/x-www-form-urlencoded${charset}` } })

describe('an app of pages', () => {
  it.each(['/page', '/full', '/broken'])('%s is answered with the headers that protect it', async (path) => {
    const { headers } = await fetch(url + path)
    expect(Object.fromEntries(headers)).toMatchObject({
      'content-security-policy': "default-src 'self'",
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'same-origin',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'strict-transport-security': 'max-age=31536000',
      'permissions-policy': 'camera=(), microphone=(), geolocation=()',
    })
    expect([headers.get('x-powered-by'), headers.get('etag')]).toEqual([null, null])
  })
  it('serves its stylesheet, which browsers may keep', async () => {
    const response = await fetch(`${url}/style.css`)
    expect([await response.text(), response.headers.get('content-type'), response.headers.get('cache-control')]).toEqual([
      'a {}',
      'text/css; charset=utf-8',
      'public, max-age=300',
    ])
  })
  it('takes no other spelling of a path for the same', async () => {
    expect([(await fetch(`${url}/Page`)).status, (await fetch(`${url}/page/`)).status]).toEqual([404, 404])
  })
  it('says when it has answered', async () => {
    await fetch(`${url}/page`)
    await fetch(`${url}/broken`)
    await until('both are counted', () => (answered.length === 2 ? true : undefined))
    expect(answered).toEqual([200, 500])
  })
})

describe('what a route throws', () => {
  it('is shown with its code, and says when to come again', async () => {
    const response = await fetch(`${url}/full`)
    expect([response.status, response.headers.get('retry-after'), await response.text()]).toEqual([429, '7', '/full: Wait.'])
    expect(lines).toEqual([])
  })
  it('is logged when it is an error of ours, and not shown', async () => {
    const response = await fetch(`${url}/broken`)
    expect(response.status).toBe(500)
    expect(await response.text()).not.toContain('canary')
    expect(lines).toEqual([expect.stringContaining('canary')])
  })
  it.each([
    [399, 500],
    [400, 400],
    [499, 400],
    [500, 500],
    [502, 500],
  ])('is an error of ours unless it says that the request is bad: %i is %i', async (status, code) => {
    const response = await fetch(`${url}/status/${status}`)
    expect([response.status, (await response.text()).includes('canary'), lines.length]).toEqual([code, false, code === 500 ? 1 : 0])
  })
  it('of a form does not repeat what was sent', async () => {
    const long = await post('x'.repeat(65))
    expect([long.status, await long.text()]).toEqual([413, '/form: The form is too long.'])
    const unread = await post('a=b', '; charset=canary')
    expect([unread.status, await unread.text()]).toEqual([400, '/form: The request cannot be read.'])
  })
  it('before the body was read closes the connection: the rest of the body is not a request', async () => {
    const { headers } = await fetch(`${url}/full`, { method: 'POST', body: 'x'.repeat(8 * 1024 * 1024) })
    expect(headers.get('connection')).toBe('close')
  })
  it('ends an answer that has begun, so that nobody takes a part for the whole', async () => {
    await expect(fetch(`${url}/begun`).then((response) => response.text())).rejects.toThrow()
  })
})
