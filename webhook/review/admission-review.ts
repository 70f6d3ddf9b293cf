import type { Identity } from '../../domain/identity.ts'

export type AdmissionOperation = 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT'

/** A parsed and validated AdmissionReview: the request as the client sent it, not as converted for this webhook. */
export type Review = {
  readonly uid: string
  readonly operation: AdmissionOperation
  readonly identity: Identity
  readonly group: string
  readonly version: string
  readonly resource: string
  readonly subresource: string
  /** Empty for cluster-scoped requests. */
  readonly namespace: string
  /** Empty for collections and when the server generates the name. */
  readonly name: string
  readonly dryRun: boolean
  /** May contain secrets. Only policy conditions and the computation of gains read it. */
  readonly object: unknown
  readonly oldObject: unknown
}
