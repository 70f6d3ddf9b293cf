import { readFieldSelector } from '../../../domain/selectors/field-selector.ts'
import { meets, readLabelSelector } from '../../../domain/selectors/label-selector.ts'
import { StatusError } from '../../../domain/status-error.ts'
import type { Column, Kind, KubeObject } from '../kind.ts'
import { completed } from './completed-objects.ts'

export type ObjectSelector = (object: KubeObject) => boolean

/** Parses a label selector. @throws StatusError BadRequest for an unsupported one; a selector is never ignored */
export function labelSelector(text: string): ObjectSelector {
  const requirements = readLabelSelector(text)
  return ({ metadata }) => requirements.every((requirement) => meets(metadata.labels ?? {}, requirement))
}

/** Whether an object matches at a time. A phase changes by time alone. */
export type FieldSelector = (object: KubeObject, nowMs: number) => boolean

const PHASE = 'status.phase'

/** How a field selector reads the fields that a kind supports. The phase is not stored: it is what the column of this name shows. */
export function selectableFields({ fields, columns }: Pick<Kind, 'fields' | 'columns'>): ReadonlyMap<string, Column['value']> {
  const phase = columns.find(({ name }) => name === 'Phase')
  return new Map<string, Column['value']>([
    ['metadata.name', ({ metadata }) => metadata.name],
    ...Object.entries(fields),
    ...(phase === undefined ? [] : [[PHASE, phase.value] as const]),
  ])
}

/**
 * Parses a field selector on metadata.name, the field labels of the kind, and status.phase if it has a column for the phase.
 * @throws StatusError BadRequest for other fields
 */
export function fieldSelector(text: string, kind: Kind): FieldSelector {
  const selectable = selectableFields(kind)
  const tests = readFieldSelector(text).map(({ field, operator, value }): FieldSelector => {
    const read = selectable.get(field)
    if (read === undefined) throw new StatusError('BadRequest', `field label not supported: ${field.slice(0, 64)}`)
    return (object, nowMs) => (read(object, nowMs) === value) === (operator !== '!=')
  })
  return (object, nowMs) => tests.every((test) => test(object, nowMs))
}

/** Whether a field selector is about the phase. */
export const selectsPhase = (text: string): boolean => readFieldSelector(text).some(({ field }) => field === PHASE)

/** Whether time alone has changed the phase of an object since its creation, and no event said so. */
export async function timeChangedPhase(kind: Kind, object: KubeObject, nowMs: number): Promise<boolean> {
  const read = selectableFields(kind).get(PHASE)
  const phaseAt = async (ms: number): Promise<unknown> => read?.(await completed({ kind, nowMs: ms }, object), ms)
  return (await phaseAt(Date.parse(object.metadata.creationTimestamp ?? ''))) !== (await phaseAt(nowMs))
}

/** The objects that both selectors of a query match. Asynchronous for a phase that other objects decide, such as the end of the grant that a grant is a part of. */
type Matches = (object: KubeObject, nowMs: number) => boolean | Promise<boolean>

/** @throws StatusError BadRequest */
export function queryMatches(query: { readonly labelSelector: string; readonly fieldSelector: string }, kind: Kind): Matches {
  const [byLabels, byFields] = [labelSelector(query.labelSelector), fieldSelector(query.fieldSelector, kind)]
  if (kind.strategy.complete === undefined || !selectsPhase(query.fieldSelector))
    return (object, nowMs) => byLabels(object) && byFields(object, nowMs)
  return async (object, nowMs) => byLabels(object) && byFields(await completed({ kind, nowMs }, object), nowMs)
}
