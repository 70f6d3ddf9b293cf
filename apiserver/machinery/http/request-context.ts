import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Identity } from '../../../domain/identity.ts'
import type { Visibility } from '../kind.ts'
import type { Route } from './route.ts'
import type { Dependencies } from '../write/write-request.ts'

/** One request for objects, authenticated and authorized. */
export type Serving = {
  readonly deps: Dependencies
  readonly route: Route
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly url: URL
  readonly user: Identity
  readonly nowMs: number
  readonly auditID: string
  readonly stopping: AbortSignal
  /** What the caller sees of the kind; `deps` hide the rest. */
  readonly visibility: Visibility
  /** @throws StatusError Forbidden when the caller may not create the object that its apply would make */
  readonly mayCreate: () => Promise<void>
}
