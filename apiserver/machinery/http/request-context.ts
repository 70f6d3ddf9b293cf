import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Identity } from '../../../domain/identity.ts'
import type { Visibility } from '../kind.ts'
import type { ListLimit } from '../read/list-limit.ts'
import type { Route } from './route.ts'
import type { WriteDependencies } from '../write/write-request.ts'

/** An authenticated and authorized request for a resource. */
export type Serving = {
  readonly deps: WriteDependencies
  readonly route: Route
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly url: URL
  readonly user: Identity
  readonly nowMs: number
  readonly auditID: string
  readonly stopping: AbortSignal
  /** What the caller may see of the kind. The store in `deps` hides the rest. */
  readonly visibility: Visibility
  readonly lists: ListLimit
  /** Checks that the caller may create the object, for an apply of a missing one. @throws StatusError Forbidden */
  readonly mayCreate: () => Promise<void>
}
