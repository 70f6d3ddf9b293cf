import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startRelay, type Relay } from '../../../../hack/up/pods/tcp-relay.ts'
import { forwardToReadyServer } from '../../../../hack/up/local/standby.ts'

const servers: Server[] = []
async function serve(answer: () => string, ready: () => boolean): Promise<number> {
  const server = createServer((request, response) => void response.writeHead(request.url === '/readyz' && !ready() ? 500 : 200).end(answer()))
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

let alive = true
let primary: number
let standby: number
let relay: Relay | undefined
beforeAll(async () => {
  primary = await serve(
    () => 'primary',
    () => alive,
  )
  standby = await serve(
    () => 'standby',
    () => true,
  )
})
afterAll(() => {
  relay?.close()
  for (const server of servers) server.close()
})

test('a relay forwards from localhost to its target', async () => {
  relay = await startRelay(() => ({ host: '127.0.0.1', port: primary }))
  expect(await (await fetch(`http://localhost:${relay.port}/`)).text()).toBe('primary')
})

test('a server that is not ready is skipped until it is ready again', async () => {
  const host = '127.0.0.1'
  const leading = await forwardToReadyServer({
    on: { host, port: 0 },
    primary: { host, port: primary },
    standby: { host, port: standby },
    readyUrl: `http://127.0.0.1:${primary}/readyz`,
    // The test uses one kept-alive connection all the time, so that it is never quiet.
    leaving: { quietMs: 400, mostMs: 400 },
  })
  const who = () => fetch(`http://127.0.0.1:${leading.port}/`).then((response) => response.text())
  try {
    await expect.poll(who).toBe('primary')
    alive = false
    await expect.poll(who).toBe('standby')
    alive = true
    await expect.poll(who).toBe('primary')
  } finally {
    leading.stop()
  }
})

test('an unreachable server is skipped at once, before its readiness check fails', async () => {
  const host = '127.0.0.1'
  const leading = await forwardToReadyServer({
    on: { host, port: 0 },
    primary: { host, port: 1 }, // nothing listens there
    standby: { host, port: standby },
    readyUrl: `http://127.0.0.1:${primary}/readyz`,
  })
  try {
    expect(await (await fetch(`http://127.0.0.1:${leading.port}/`)).text()).toBe('standby')
  } finally {
    leading.stop()
  }
})
