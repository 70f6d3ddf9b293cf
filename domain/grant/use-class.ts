import type { UseClass } from '../api/rules.ts'
import type { Classified } from '../decision.ts'
import { isDeletion } from '../request-info.ts'

/** The class of the use that a request takes. Undefined for what is in no class: it counts against every class. */
export function useClassOf({ power, info }: Classified): UseClass | undefined {
  if (power === 'read' || power === 'connect') return power
  if (power !== 'write') return undefined
  return isDeletion(info) ? 'delete' : 'write'
}
