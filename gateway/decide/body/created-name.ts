import type { AccessPolicy } from '../../../domain/api/access-policy.ts'
import type { Classified } from '../../../domain/decision.ts'
import { isObject } from '../../../domain/is-object.ts'
import { mediaType } from '../../../domain/media-type.ts'
import type { ClassifiedRequest } from '../../steps.ts'

type Sent = Pick<ClassifiedRequest, 'classified' | 'body' | 'headers'>

const haveNames = (policies: readonly AccessPolicy[]): boolean =>
  policies.some(({ spec }) => (spec.rules ?? []).some(({ match }) => match?.names !== undefined))

/** `metadata.name` of a JSON object. Undefined: it has none, or it is not JSON, and kube-apiserver says so. */
function nameIn(body: Buffer): string | undefined {
  try {
    const object: unknown = JSON.parse(body.toString('utf8'))
    const metadata = isObject(object) ? object['metadata'] : undefined
    return isObject(metadata) && typeof metadata['name'] === 'string' ? metadata['name'] : undefined
  } catch {
    return undefined
  }
}

/**
 * The request with the name of the object that it creates, which its path does not have, so that rules with `names` apply to it. Without that, a create that needs
 * an approval is not held here, and the webhook refuses it. NOT read: YAML, protobuf and generated names. The webhook decides about every name.
 */
export function withCreatedName({ classified, body, headers }: Sent, policies: readonly AccessPolicy[]): Classified {
  const { info } = classified
  const isNameless = info.isResourceRequest && info.verb === 'create' && info.name === '' && info.subresource === ''
  if (!isNameless || mediaType(headers.get('content-type')) !== 'application/json' || !haveNames(policies)) return classified
  const createdName = nameIn(body)
  return createdName === undefined ? classified : { ...classified, info: { ...info, createdName } }
}
