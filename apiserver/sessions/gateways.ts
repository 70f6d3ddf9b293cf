import { lookup } from 'node:dns/promises'
import { readFile } from 'node:fs/promises'
import { isIPv6 } from 'node:net'
import { basename, dirname, join } from 'node:path'
import { Agent, type Dispatcher } from 'undici'
import { readOneVersion } from '../../server/mounted-folder.ts'
import type { SessionSource } from '../../server/records/sessions/source.ts'
import type { GatewaysConfig } from './config.ts'
import { createGatewaySource, PAUSE_MS } from './gateway-source.ts'

/** A gateway and its records, or why it is not known where it is. */
export type NamedSource = { readonly name: string; readonly source: SessionSource | { readonly failure: string } }
export type Gateways = {
  sources(): Promise<readonly NamedSource[]>
  close(): Promise<void>
}

const CONNECT_MS = 3_000
/** Connections to each gateway: lists, events and streams. */
const CONNECTIONS = 12
/** DNS may name more addresses by mistake. */
const MAX_GATEWAYS = 64

type Files = { readonly ca: string; readonly cert: string; readonly key: string }

/** The certificate and its key, which can be replaced between the reading of the two, are of one version when they are in one folder. */
function readFiles({ caFile, certFile, keyFile }: GatewaysConfig): Promise<Files> {
  const dir = dirname(certFile)
  return readOneVersion(dir, async (folder) => {
    const read = (file: string): Promise<string> => readFile(dirname(file) === dir ? join(folder, basename(file)) : file, 'utf8')
    return { ca: await read(caFile), cert: await read(certFile), key: await read(keyFile) }
  })
}

/** The addresses of one HOST:PORT, each as HOST:PORT for a URL. */
async function addressesOf(address: string): Promise<readonly string[]> {
  const [host = '', port = ''] = address.split(':')
  const found = await lookup(host, { all: true })
  return found.slice(0, MAX_GATEWAYS).map((each) => `${isIPv6(each.address) ? `[${each.address}]` : each.address}:${port}`)
}

/** Finds the gateways and connects to them with the client certificate of this server, which is read again when its files change. */
export function createGateways(config: GatewaysConfig): Gateways {
  let used: { readonly files: Files; readonly agent: Agent } | undefined

  const agent = async (): Promise<Agent> => {
    const files = await readFiles(config)
    if (used !== undefined && used.files.ca === files.ca && used.files.cert === files.cert && used.files.key === files.key) return used.agent
    void used?.agent.close().catch(() => undefined)
    const made = new Agent({
      connections: CONNECTIONS,
      allowH2: false,
      headersTimeout: 0,
      bodyTimeout: PAUSE_MS,
      connect: { ...files, servername: config.serverName, timeout: CONNECT_MS },
    })
    used = { files, agent: made }
    return made
  }
  const sourceAt = (place: string): SessionSource =>
    createGatewaySource(async (path, signal): Promise<Dispatcher.ResponseData> => {
      const dispatcher = await agent()
      return await dispatcher.request({ origin: `https://${place}`, path, method: 'GET', headers: { accept: 'application/json' }, signal })
    })

  return {
    sources: async () => {
      const found = await Promise.all(
        config.addresses.map(async (address): Promise<readonly NamedSource[]> => {
          try {
            return (await addressesOf(address)).map((place) => ({ name: place, source: sourceAt(place) }))
          } catch {
            return [{ name: address, source: { failure: 'no address is known for it' } }]
          }
        }),
      )
      return found.flat()
    },
    close: async () => await used?.agent.close(),
  }
}
