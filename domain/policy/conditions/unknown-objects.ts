import type { ObjectVariable } from '../../condition-evaluator.ts'
import type { Classified } from '../../decision.ts'

const OF_VERB: { readonly [verb: string]: readonly ObjectVariable[] } = {
  create: ['object'],
  update: ['object', 'oldObject'],
  patch: ['object', 'oldObject'],
  delete: ['oldObject'],
  deletecollection: ['oldObject'],
}

/** The objects that a request has at admission and that its path and verb do not determine. The options of a stream or proxy are such an object. */
export function objectsOf({ info, power, verb }: Pick<Classified, 'info' | 'power' | 'verb'>): readonly ObjectVariable[] {
  if (!info.isResourceRequest) return []
  return OF_VERB[power === 'connect' ? verb : info.verb] ?? (power === 'unknown' ? ['object', 'oldObject'] : [])
}
