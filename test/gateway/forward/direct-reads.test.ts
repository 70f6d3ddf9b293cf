import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { connectForUpgrade, type UpgradeSocket } from '../../../gateway/forward/direct-reads.ts'

const SWITCHING = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: test\r\n\r\n'
/** Twice what a Node stream buffers. */
const MAX_EARLY = 128 * 1024
const servers: Server[] = []

/** A server that answers a request with `serve`. */
async function open(serve: (socket: Socket) => void): Promise<UpgradeSocket> {
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', () => serve(socket))
  })
  servers.push(server)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const opened = connectForUpgrade({ host: '127.0.0.1', port: (server.address() as AddressInfo).port, timeout: 10_000 })
  for (const each of [opened.handshake, opened.socket]) each.on('error', () => {})
  return opened
}

async function upgrade({ handshake }: UpgradeSocket): Promise<Buffer> {
  const asking = request({ createConnection: () => handshake, headers: { connection: 'Upgrade', upgrade: 'test' } })
  asking.on('error', () => {})
  asking.end()
  const [, , head] = (await once(asking, 'upgrade')) as [unknown, unknown, Buffer]
  return head
}

afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

describe('a connection for an upgrade', () => {
  it.each([0, 1, 5])(
    'passes on every byte in order, also those that come with the response or before they are read: %i turns late',
    async (turns) => {
      const bytes = randomBytes(1_000_000)
      const opened = await open((socket) => {
        socket.write(Buffer.concat([Buffer.from(SWITCHING), bytes.subarray(0, 100)]))
        for (let at = 100; at < bytes.length; at += 9_999) socket.write(bytes.subarray(at, at + 9_999))
        socket.end()
      })
      const read = [await upgrade(opened)]
      for (let turn = 0; turn < turns; turn++) await nextTurn()
      opened.readInto((chunk) => read.push(Buffer.from(chunk)))
      opened.socket.resume()
      await once(opened.socket, 'end')
      opened.socket.destroy()
      expect(Buffer.concat(read).equals(bytes)).toBe(true)
    },
  )

  it('reads nothing while it is paused', async () => {
    const bytes = randomBytes(200_000)
    const opened = await open((socket) => {
      socket.write(SWITCHING)
      socket.on('data', () => socket.end(bytes))
    })
    const read = [await upgrade(opened)]
    opened.readInto((chunk) => {
      read.push(Buffer.from(chunk))
      if (read.length === 2) opened.socket.pause()
    })
    opened.socket.resume()
    opened.socket.write('go on')
    while (read.length < 2) await nextTurn()
    for (let turn = 0; turn < 50; turn++) await nextTurn()
    expect(read.length).toBe(2)
    opened.socket.resume()
    await once(opened.socket, 'end')
    opened.socket.destroy()
    expect(Buffer.concat(read).equals(bytes)).toBe(true)
  })

  it('reads little before it is read, and passes on all of it later', async () => {
    const bytes = randomBytes(4_000_000)
    const opened = await open((socket) => {
      socket.write(SWITCHING)
      socket.end(bytes)
    })
    const read = [await upgrade(opened)]
    for (let turn = 0; turn < 200 || opened.handshake.readableLength < MAX_EARLY / 2; turn++) await nextTurn()
    expect(opened.handshake.readableLength).toBeLessThan(MAX_EARLY)
    opened.readInto((chunk) => read.push(Buffer.from(chunk)))
    opened.socket.resume()
    await once(opened.socket, 'end')
    opened.socket.destroy()
    expect(Buffer.concat(read).equals(bytes)).toBe(true)
  })

  it('passes on a long refusal, which nobody reads into', async () => {
    const bytes = randomBytes(1_000_000)
    const { handshake } = await open((socket) => {
      socket.write(`HTTP/1.1 403 Forbidden\r\nContent-Length: ${bytes.length}\r\n\r\n`)
      socket.end(bytes)
    })
    const asking = request({ createConnection: () => handshake, headers: { connection: 'Upgrade', upgrade: 'test' } })
    asking.end()
    const [response] = (await once(asking, 'response')) as [IncomingMessage]
    const read: Buffer[] = []
    for await (const chunk of response) {
      read.push(chunk as Buffer)
      await nextTurn()
    }
    expect(Buffer.concat(read).equals(bytes)).toBe(true)
  })

  it('passes on what came before the other side closed it', async () => {
    const bytes = randomBytes(30_000)
    const opened = await open((socket) => socket.end(Buffer.concat([Buffer.from(SWITCHING), bytes])))
    const closed = once(opened.socket, 'close')
    const read = [await upgrade(opened)]
    await closed
    opened.readInto((chunk) => read.push(Buffer.from(chunk)))
    expect(Buffer.concat(read).equals(bytes)).toBe(true)
  })

  it('is closed with its handshake, until it is read', async () => {
    const refused = await open((socket) => socket.write('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n'))
    refused.handshake.destroy()
    expect(refused.socket.destroyed).toBe(true)
    const opened = await open((socket) => socket.write(SWITCHING))
    await upgrade(opened)
    opened.readInto(() => {})
    opened.handshake.destroy()
    expect(opened.socket.destroyed).toBe(false)
    opened.socket.destroy()
  })
})
