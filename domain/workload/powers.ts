import type { Gain } from '../api/gain.ts'
import type { Fields } from './json-fields.ts'

/** Powers of the pods of an object beyond those of an ordinary pod. */
export type Powers = {
  /** Powers that a field grants. They count as a gain wherever they did not exist before. */
  readonly given: Set<Gain>
  /**
   * Powers that a pod has unless a field disallows them, such as running as root. An ordinary new pod has them too, so they count only when the pod
   * before did not have them.
   */
  readonly notRuledOut: Set<Gain>
  /** The inline CSI volumes, by their gain. */
  readonly csi: Map<Gain, Fields>
  /** Whether there is a pod spec with containers. */
  hasPods: boolean
}

export const noPowers = (): Powers => ({ given: new Set(), notRuledOut: new Set(), csi: new Map(), hasPods: false })
