import type { Decided } from '../decide/decide-about.ts'
import type { Announced, Arrived, ClassifiedRequest, Known } from '../steps.ts'

/** Progress of a request through the steps, for its records. Each field is set when its step is done. */
export type RequestTrace = {
  readonly auditID: string
  readonly arrivedMs: number
  readonly address: string
  /** Called in reverse order when the request is over. */
  readonly releases: (() => void)[]
  arrived?: Pick<Arrived, 'method' | 'path' | 'search'>
  known?: Known
  asked?: ClassifiedRequest
  decided?: Decided
  announced?: Announced
  /** Set before the request is sent upstream. */
  forwarded?: true
}
