import { readFieldSelector } from '../../../domain/selectors/field-selector.ts'
import { meets, readLabelSelector } from '../../../domain/selectors/label-selector.ts'
import { StatusError } from '../../../domain/status-error.ts'
import type { Kind, KubeObject } from '../kind.ts'

export type Selector = (object: KubeObject) => boolean

/** A label selector. @throws StatusError BadRequest; no selector is ever ignored */
export function labelSelector(text: string): Selector {
  const requirements = readLabelSelector(text)
  return ({ metadata }) => requirements.every((requirement) => meets(metadata.labels ?? {}, requirement))
}

/** A field selector over metadata.name and the labels that the kind declares. @throws StatusError BadRequest for any other */
export function fieldSelector(text: string, kind: Kind): Selector {
  const tests = readFieldSelector(text).map(({ field, operator, value }): Selector => {
    const read =
      field === 'metadata.name'
        ? (object: KubeObject): string => object.metadata.name
        : Object.hasOwn(kind.fields, field)
          ? kind.fields[field]
          : undefined
    if (read === undefined) throw new StatusError('BadRequest', `field label not supported: ${field.slice(0, 64)}`)
    return (object) => (read(object) === value) === (operator !== '!=')
  })
  return (object) => tests.every((test) => test(object))
}
