import type { AccessPolicy } from '../../../domain/api/access-policy.ts'
import type { Classified } from '../../../domain/decision.ts'
import { fieldsAt, isFields, textAt } from '../../../domain/workload/json-fields.ts'
import type { ClassifiedRequest } from '../../steps.ts'
import { sentObject } from './known-objects.ts'

type Sent = Pick<ClassifiedRequest, 'classified' | 'body' | 'headers'>

const haveNames = (policies: readonly AccessPolicy[]): boolean =>
  policies.some(({ spec }) => (spec.rules ?? []).some(({ match }) => match?.names !== undefined))

const nameIn = (object: unknown): string => (isFields(object) ? textAt(fieldsAt(object, 'metadata'), 'name') : '')

/**
 * The request with the name of the object that it creates, which its path does not have, so that rules with `names` apply to it. Without that, a create that needs
 * an approval is not held here, and the webhook refuses it. NOT read: YAML, protobuf and generated names. The webhook decides about every name.
 * @throws StatusError BadRequest for JSON that kube-apiserver could read otherwise, such as an object with two names
 */
export function withCreatedName(sent: Sent, policies: readonly AccessPolicy[]): Classified {
  const { classified } = sent
  const { info } = classified
  const isNameless = info.isResourceRequest && info.verb === 'create' && info.name === '' && info.subresource === ''
  if (!isNameless || !haveNames(policies)) return classified
  const createdName = nameIn(sentObject(sent))
  return createdName === '' ? classified : { ...classified, info: { ...info, createdName } }
}
