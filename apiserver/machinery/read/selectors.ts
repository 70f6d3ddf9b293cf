import { readFieldSelector } from '../../../domain/selectors/field-selector.ts'
import { meets, readLabelSelector } from '../../../domain/selectors/label-selector.ts'
import { StatusError } from '../../../domain/status-error.ts'
import type { Kind, KubeObject } from '../kind.ts'

export type ObjectSelector = (object: KubeObject) => boolean

/** Parses a label selector. @throws StatusError BadRequest for an unsupported one; a selector is never ignored */
export function labelSelector(text: string): ObjectSelector {
  const requirements = readLabelSelector(text)
  return ({ metadata }) => requirements.every((requirement) => meets(metadata.labels ?? {}, requirement))
}

/** Parses a field selector on metadata.name and the field labels of the kind. @throws StatusError BadRequest for other fields */
export function fieldSelector(text: string, kind: Kind): ObjectSelector {
  const tests = readFieldSelector(text).map(({ field, operator, value }): ObjectSelector => {
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
