import type { Announced, Arrived } from '../steps.ts'

type OnArrival = 'method' | 'path' | 'search'

/** A request with what its steps have found out so far: all fields of the last completed step, but never the token. */
export type TracedRequest = Pick<Arrived, OnArrival> & Partial<Omit<Announced, OnArrival>>

/** Progress of a request, for its records and metrics. Only the pipeline sets the fields, and no decision depends on them. */
export type RequestTrace = {
  readonly auditID: string
  readonly arrivedMs: number
  readonly address: string
  /** Called in reverse order when the request is over. */
  readonly releases: (() => void)[]
  /** The result of the last completed step. Absent: the request was refused on arrival. */
  request?: TracedRequest
  /** Set before the request is sent upstream. */
  forwarded?: true
}

/** The request, if it was or is about to be sent upstream. */
export const forwardedOf = ({ request, forwarded }: RequestTrace): TracedRequest | undefined => (forwarded === true ? request : undefined)
