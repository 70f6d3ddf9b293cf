import type { Gain } from '../gain.ts'

/** What the pods of an object can do beyond an ordinary pod. */
export type Powers = {
  /** What a field gives. Counts wherever it was not there before. */
  readonly given: Set<Gain>
  /**
   * What a pod can do as long as no field rules it out, such as running as root. An ordinary new pod has it too, so it counts only where the pod
   * before did not have it.
   */
  readonly notRuledOut: Set<Gain>
  /** Whether there is a pod spec with containers. */
  hasPods: boolean
}

export const noPowers = (): Powers => ({ given: new Set(), notRuledOut: new Set(), hasPods: false })
