import { readdir, rm } from 'node:fs/promises'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { dirname, join } from 'node:path'
import { SERVE_PREFIX } from './keeper.ts'

const isDead = (path: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ path }, () => (socket.destroy(), resolve(false)))
    socket.once('error', (error: Error & { readonly code?: string }) => resolve(error.code === 'ECONNREFUSED'))
  })

/** Accepts the connections that a predecessor forwards, and removes the sockets of killed processes. @throws the system error */
export async function serveForwarded(path: string, serve: (socket: Socket) => void): Promise<Server> {
  const dir = dirname(path)
  for (const name of await readdir(dir))
    if (name.startsWith(SERVE_PREFIX) && (await isDead(join(dir, name)))) await rm(join(dir, name), { force: true })
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, serve)
  return await new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, () => resolve(server))
  })
}
