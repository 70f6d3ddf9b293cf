import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { expect, it } from 'vitest'
import { createForwarder } from '../../../apiserver/standby/forwarder.ts'
import { until } from '../../until.ts'

/** X. Connections to the standby, which all have one address to the apiserver. */
const HOST = '127.0.0.1'
const standIn = (socket: Socket): void => void socket.on('error', () => {}).write('standby')
const portOf = (server: Server): number => (server.address() as AddressInfo).port

it('X523 a client that holds connections to the standby leaves room for kube-apiserver, whose connections are led to the apiserver', async () => {
  const apiserver = createServer((socket) => void socket.on('error', () => {}).write('apiserver'))
  apiserver.listen(0, HOST)
  await once(apiserver, 'listening')
  const target = { host: HOST, port: portOf(apiserver) }
  const forwarder = createForwarder({ targets: () => [target], standIn, bounds: { all: 16, each: 6 } })
  forwarder.server.listen(0, HOST)
  await once(forwarder.server, 'listening')
  const said: string[] = []
  const sockets: Socket[] = []
  const open = async (localAddress: string): Promise<string> => {
    const socket = connect({ host: HOST, port: portOf(forwarder.server), localAddress })
    sockets.push(socket.on('error', () => {}))
    const [answer] = (await once(socket, 'data')) as [Buffer]
    said.push(answer.toString())
    return answer.toString()
  }
  for (const evil of ['127.0.0.2', '127.0.0.3', '127.0.0.4']) await Promise.all(Array.from({ length: 20 }, () => open(evil)))
  expect(said.filter((each) => each === 'apiserver')).toHaveLength(13)
  expect(await open(HOST)).toBe('apiserver')
  for (const socket of sockets) socket.destroy()
  await until('their places are free', () => forwarder.forwarded === 0)
  expect(await open('127.0.0.2')).toBe('apiserver')
  for (const socket of sockets) socket.destroy()
  await forwarder.close()
  apiserver.close()
})
