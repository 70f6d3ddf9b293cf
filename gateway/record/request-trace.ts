import type { Decided } from '../decide/decide-about.ts'
import type { Announced, Arrived, Asked, Known } from '../steps.ts'

/** How far a request got: what its record can say, whatever became of it. */
export type RequestTrace = {
  readonly auditID: string
  readonly arrivedMs: number
  readonly address: string
  /** To be called when it is over, the last first. */
  readonly releases: (() => void)[]
  arrived?: Pick<Arrived, 'method' | 'path' | 'search'>
  known?: Known
  asked?: Asked
  decided?: Decided
  announced?: Announced
  /** From here on upstream may have seen it. */
  forwarded?: true
}
