import { once } from 'node:events'
import { createServer as createProxy } from 'node:http'
import { createServer } from 'node:https'
import { connect, type AddressInfo, type Server } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { httpsFetch } from '../../../../cli/certify/login/https-fetch.ts'
import { createAuthority } from '../../../../hack/cluster/certificate-authority.ts'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})
const listen = async (server: Server): Promise<number> => {
  servers.push(server)
  server.listen(0, 'localhost')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

/** A provider, and a proxy that remembers where it was asked to connect to. */
async function start() {
  const authority = await createAuthority('fetch-test')
  const pair = await authority.issue({ commonName: 'idp', usage: 'server', dns: ['localhost'], ips: [] })
  const port = await listen(createServer({ cert: pair.cert, key: pair.key }, (_request, response) => response.end('ok')))
  const asked: string[] = []
  const proxy = createProxy((_request, response) => response.writeHead(400).end())
  proxy.on('connect', ({ url = '' }, socket, head) => {
    asked.push(url)
    const target = connect(port, 'localhost', () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n')
      target.write(head)
      target.pipe(socket).pipe(target)
    })
  })
  return { ca: authority.cert, url: `https://localhost:${port}/`, host: `localhost:${port}`, proxy: `http://localhost:${await listen(proxy)}`, asked }
}

it('goes through the proxy of the environment, with the TLS of the provider', async () => {
  const { ca, url, host, proxy, asked } = await start()
  expect(await (await httpsFetch(ca, { HTTPS_PROXY: proxy })(url, {})).text()).toBe('ok')
  expect(asked).toEqual([host])
  await expect(httpsFetch(undefined, { HTTPS_PROXY: proxy })(url, {})).rejects.toThrow()
})
it('goes directly without a proxy, and where NO_PROXY says so', async () => {
  const { ca, url, proxy, asked } = await start()
  for (const env of [{}, { HTTPS_PROXY: proxy, NO_PROXY: 'localhost' }]) expect(await (await httpsFetch(ca, env)(url, {})).text()).toBe('ok')
  expect(asked).toEqual([])
})
it('sends nothing without TLS', async () => {
  await expect(httpsFetch(undefined)('http://localhost/', {})).rejects.toThrow('must be https')
})
