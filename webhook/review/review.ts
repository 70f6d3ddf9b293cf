import type { Identity } from '../../domain/identity.ts'

export type Operation = 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT'

/** What an AdmissionReview asks, read and checked: the request as the client sent it, not as it was converted for us. */
export type Review = {
  readonly uid: string
  readonly operation: Operation
  readonly identity: Identity
  readonly group: string
  readonly version: string
  readonly resource: string
  readonly subresource: string
  /** Empty for cluster-scoped requests. */
  readonly namespace: string
  /** Empty for collections and where the server will choose the name. */
  readonly name: string
  readonly dryRun: boolean
  /** May hold secrets: only conditions of policies see it. */
  readonly object: unknown
  readonly oldObject: unknown
}
