import type { ObjectVariable } from '../../../domain/condition-evaluator.ts'
import { mediaType } from '../../../domain/media-type.ts'
import { objectsOf } from '../../../domain/policy/conditions/unknown-objects.ts'
import { readObject } from '../../classify/read-object.ts'
import { supportsDryRun } from '../../plan/dry-run/supports-dry-run.ts'
import type { ClassifiedRequest } from '../../steps.ts'

/** What is known of what a request writes, and of what is there before: for the conditions of policies. */
export type Objects = {
  readonly object?: unknown
  readonly oldObject?: unknown
  /** What there may be and nobody knows, and why. Absent: all is known. */
  readonly unknown?: { readonly variables: readonly ObjectVariable[]; readonly why: string }
}

const NOT_TRIED = 'what the write makes of it was not tried'

/** The object in the body of a create or an update, if it is JSON. @throws StatusError BadRequest */
export function sentObject({ classified: { info }, body, headers }: Pick<ClassifiedRequest, 'classified' | 'body' | 'headers'>): unknown {
  const whole = (info.verb === 'create' || info.verb === 'update') && body.length > 0
  return whole && mediaType(headers.get('content-type')) === 'application/json' ? readObject(body) : undefined
}

/** Why nobody can know an object before admission does. Undefined: it can be looked up. */
export function neverKnown({ classified: { info, power } }: Pick<ClassifiedRequest, 'classified'>): string | undefined {
  if (info.verb === 'deletecollection') return 'it is asked of each object of a collection. Name the objects one by one'
  if (power === 'connect' && info.subresource !== 'ephemeralcontainers') return 'what a stream or a proxied request is about has no object here'
  if (info.verb === 'delete' && info.subresource === '') return undefined
  return supportsDryRun({ info, power }) ? undefined : `kube-apiserver has no dry run of ${info.verb} ${info.resource}/${info.subresource}`
}

/** What is known before anything is asked of kube-apiserver. */
export function objectsInRequest(asked: ClassifiedRequest): Objects {
  const variables = objectsOf(asked.classified)
  if (variables.length === 0) return {}
  const why = neverKnown(asked)
  const object = why === undefined || !variables.includes('object') || asked.classified.power === 'connect' ? undefined : sentObject(asked)
  const unknown = object === undefined ? variables : variables.filter((variable) => variable !== 'object')
  return { ...(object === undefined ? {} : { object }), ...(unknown.length === 0 ? {} : { unknown: { variables: unknown, why: why ?? NOT_TRIED } }) }
}
