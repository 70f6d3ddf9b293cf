import { classify, withGains } from '../../domain/classify/classify.ts'
import type { Classified } from '../../domain/decision.ts'
import type { RequestInfo } from '../../domain/request-info.ts'
import { gainsOfRequest } from '../../domain/workload/gains.ts'
import type { AdmissionOperation, Review } from './admission-review.ts'

/** One verb that the client may have used, with every form of the request that a rule may match. */
export type Candidate = {
  /** The request that a grant must cover and that a refusal names. */
  readonly asked: Classified
  /** The forms that policies are evaluated for. The strictest decision applies. */
  readonly forms: readonly Classified[]
}

/** At least one. */
export type Candidates = readonly [Candidate, ...Candidate[]]

/**
 * Admission does not distinguish PUT from PATCH (the options are UpdateOptions for both), and reports a PATCH or PUT that creates its
 * object as CREATE. RBAC requires `create` for that as well, and so does a grant. A refusal suggests the first verb.
 */
const VERBS: Readonly<Record<AdmissionOperation, readonly [string, ...string[]]>> = {
  CREATE: ['create'],
  UPDATE: ['patch', 'update'],
  DELETE: ['delete'],
  CONNECT: ['create'],
}

function pathOf({ group, version, resource, subresource, namespace }: Review, name: string): string {
  const parts = group === '' ? ['api', version] : ['apis', group, version]
  if (namespace !== '' && resource !== 'namespaces') parts.push('namespaces', namespace)
  parts.push(resource)
  if (name !== '') parts.push(name)
  if (subresource !== '') parts.push(subresource)
  return `/${parts.join('/')}`
}

function infoOf(review: Review, verb: string, name: string): RequestInfo {
  const { group, version, resource, subresource } = review
  const ofNamespace = group === '' && resource === 'namespaces'
  return {
    isResourceRequest: true,
    path: pathOf(review, name),
    verb,
    apiPrefix: group === '' ? 'api' : 'apis',
    apiGroup: group,
    apiVersion: version,
    // For a Namespace object, the namespace is the object's own name, as in upstream's RequestInfo.
    namespace: ofNamespace ? name : review.namespace,
    resource,
    subresource,
    name,
    parts: [resource, name, subresource].filter((part) => part !== ''),
  }
}

/** The name in the object's metadata; empty if the review does not contain it. */
function nameIn(object: unknown): string {
  const name = (object as { readonly metadata?: { readonly name?: unknown } } | undefined)?.metadata?.name
  return typeof name === 'string' ? name : ''
}

/**
 * The requests that an admission review may stand for, classified as in the gateway. A POST that creates an object has no name in the URL
 * but has one in the review, so rules are evaluated with and without the name: a rule that denies a name applies, and a rule that allows
 * a name allows no more than in the gateway. A DELETE without a name is `deletecollection`; admission calls the webhook once per object, and
 * rules for that object apply too. Gains are computed from the object and the old object, which are those at the moment of the write.
 * @param further other verbs that the client is known to have used
 */
export function candidatesOf(review: Review, further: readonly string[] = []): Candidates {
  const { operation, name } = review
  const [verb, ...others] = operation === 'DELETE' && name === '' ? (['deletecollection'] as const) : VERBS[operation]
  const created = operation === 'CREATE' && review.subresource === '' && name !== ''
  const deleted = verb === 'deletecollection' ? nameIn(review.oldObject) : ''
  const otherName = created ? '' : deleted === '' ? undefined : deleted
  // The gains are equal for all verbs that write, and empty for the others.
  const gains = gainsOfRequest(infoOf(review, verb, name), review.object, review.oldObject)
  const classified = (as: string, named: string): Classified => withGains(classify(infoOf(review, as, named)), gains)
  const candidate = (as: string): Candidate => {
    const asked = classified(as, name)
    return { asked, forms: otherName === undefined ? [asked] : [asked, classified(as, otherName)] }
  }
  return [candidate(verb), ...others.map(candidate), ...further.map(candidate)]
}
