import { readFileSync, unwatchFile, watchFile } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { isMainThread, parentPort, workerData } from 'node:worker_threads'
import { listen } from '../../server/http/admin.ts'
import { createTlsServer } from '../../server/http/https.ts'
import { createLog, reasonOf, type Log } from '../../server/log.ts'
import { surviveErrors } from '../../server/process/survive-errors.ts'
import { createFolderSource } from '../../server/records/sessions/folder-source.ts'
import type { SessionsConfig } from './config.ts'
import { createRecordsHandler } from './handler.ts'

export type ThreadData = { readonly recordsDir: string; readonly sessions: SessionsConfig }

/** How often the file of the CA is looked at. */
const CA_EVERY_MS = 30_000
/** While old files are indexed after a start, the thread rests this many times as long as it works. */
const REST = 3
/** Every connection comes from the main thread, which passes on those of jit-apiserver: two processes of it during a rollout. */
const BOUNDS = { connections: 64, connectionsPerAddress: 64 }

function followCA({ clientCAFile }: SessionsConfig, trust: (ca: string) => void, log: Log): void {
  unwatchFile(clientCAFile)
  watchFile(clientCAFile, { interval: CA_EVERY_MS, persistent: false }, () => {
    try {
      trust(readFileSync(clientCAFile, 'utf8'))
    } catch (error) {
      log.error('certificate.unreadable', { file: clientCAFile, error: reasonOf(error) })
    }
  })
}

/** Serves the records on their own port. */
export async function serveRecords({ recordsDir, sessions }: ThreadData, log: Log): Promise<{ readonly port: number; close(): void }> {
  const source = createFolderSource({ dir: recordsDir })
  const handler = createRecordsHandler({
    source,
    clientName: sessions.clientName,
    failed: (error) => log.error('sessions.failed', { code: error.code, error: reasonOf(error.cause ?? error) }),
  })
  const { server, trust } = createTlsServer({
    tls: sessions.tls,
    handler,
    log,
    bounds: BOUNDS,
    server: { requestCert: true, rejectUnauthorized: true, ca: readFileSync(sessions.clientCAFile, 'utf8') },
  })
  followCA(sessions, trust, log)
  const port = await listen(server, sessions.listen)
  const closed = new AbortController()
  source
    .warm(closed.signal, (workedMs) => sleep(workedMs * REST))
    .catch((error: unknown) => {
      if (!closed.signal.aborted) log.error('sessions.failed', { error: reasonOf(error) })
    })
  return {
    port,
    close: () => {
      closed.abort()
      unwatchFile(sessions.clientCAFile)
      server.close()
      server.closeAllConnections()
    },
  }
}

if (!isMainThread && workerData !== null) {
  const log = createLog({ part: 'gateway', clock: { nowMs: () => Date.now() }, write: (line) => void process.stderr.write(line) })
  const { recordsDir, sessions } = workerData as ThreadData
  // The main thread listens where the configuration says, and passes connections on.
  const { port } = await serveRecords({ recordsDir, sessions: { ...sessions, listen: { address: '127.0.0.1', port: 0 } } }, log)
  surviveErrors(log) // only now: an error at the start ends the thread, and the main thread logs it
  log.info('sessions.started', { port })
  parentPort?.postMessage(port, [])
}
