import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock } from '../../domain/clock.ts'
import { StatusError } from '../../domain/status-error.ts'
import { kindsOf } from '../kinds.ts'
import { documentsOf, sendDocument, type Documents } from '../machinery/discovery/static-documents.ts'
import { refusalFor, refuse } from '../machinery/http/refuse.ts'
import { absentStore } from '../storage/absent-store.ts'
import { auditIDOf } from '../../server/http/audit-id.ts'

/** Shown by kubectl: what is wrong, what was not done, and where to look. */
const AWAY =
  "the API server of jit-access is not running, so nothing was read or changed; admins: look at the Deployment jit-apiserver, with 'kubectl -n jit-system get pods' and 'kubectl -n jit-system logs deployment/jit-apiserver'"
/** client-go retries ten times after this delay, so clients do not notice a restart and see a longer outage within seconds. */
const RETRY_SECONDS = 1

/** The same documents as the apiserver's. Only the descriptions of the kinds are used, never their store or authorizer. */
function documents(clock: Clock): Documents {
  const nobody = { allowed: () => Promise.resolve(false) }
  const { kinds, virtual } = kindsOf({ store: absentStore, clock, authorizer: nobody })
  return documentsOf([...kinds, ...virtual.map(({ kind }) => kind)])
}

export type StandbyHandlerOptions = {
  readonly clock: Clock
  readonly served: (labels: { readonly verb: string; readonly resource: string; readonly code: number; readonly seconds: number }) => void
}

/**
 * Serves discovery and OpenAPI, and answers everything else with 503. Callers are not authenticated: the documents are public in this
 * project's source, are the same for all users, and kube-apiserver shows them to every user. Authentication would require permissions and a
 * working kube-apiserver, and a standby should depend on neither.
 *
 * Closes every connection after the response: otherwise kube-apiserver would keep using it after the apiserver is back.
 */
export function createStandbyHandler({ clock, served }: StandbyHandlerOptions): (request: IncomingMessage, response: ServerResponse) => void {
  const pages = documents(clock)
  const serve = (request: IncomingMessage, response: ServerResponse): 'discovery' | 'other' => {
    const target = request.url ?? ''
    const url = target.startsWith('/') && !target.startsWith('//') ? new URL(target, 'https://jit.access') : undefined
    const page = url === undefined ? undefined : pages[url.pathname.replace(/(.)\/$/, '$1')]
    if (url === undefined || page === undefined || request.method !== 'GET')
      throw new StatusError('ServiceUnavailable', AWAY, { details: { retryAfterSeconds: RETRY_SECONDS } })
    sendDocument(request, response, { page: page(request), url })
    return 'discovery'
  }

  return (request, response) => {
    const started = performance.now()
    let resource: 'discovery' | 'other' = 'other'
    response.setHeader('connection', 'close')
    response.setHeader('audit-id', auditIDOf(request))
    response.on('error', () => undefined) // the client left
    response.once('close', () => served({ verb: 'other', resource, code: response.statusCode, seconds: (performance.now() - started) / 1000 }))
    try {
      resource = serve(request, response)
    } catch (thrown) {
      refuse(request, response, refusalFor(thrown))
    }
  }
}
