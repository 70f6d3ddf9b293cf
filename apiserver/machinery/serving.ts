import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Identity } from '../../domain/identity.ts'
import type { Sight } from './kind.ts'
import type { Route } from './route.ts'
import type { Doors } from './write-request.ts'

/** One request for objects, authenticated and authorized. */
export type Serving = {
  readonly doors: Doors
  readonly route: Route
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly url: URL
  readonly user: Identity
  readonly nowMs: number
  readonly auditID: string
  readonly stopping: AbortSignal
  /** What the caller sees of the kind; `doors` hide the rest. */
  readonly sight: Sight
  /** @throws StatusError Forbidden when the caller may not create the object that its apply would make */
  readonly mayCreate: () => Promise<void>
}
