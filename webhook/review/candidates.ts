import { classify, withGains } from '../../domain/classify/classify.ts'
import type { Classified } from '../../domain/decision.ts'
import type { RequestInfo } from '../../domain/request-info.ts'
import { gainsOfRequest } from '../../domain/workload/gains.ts'
import type { Operation, Review } from './review.ts'

/** One verb that the client may have used, read in each way that a rule may be written for. */
export type Candidate = {
  /** What a grant must cover, and what a refusal names. */
  readonly asked: Classified
  /** What the policies are asked about: the strictest answer counts. */
  readonly ways: readonly Classified[]
}

/** At least one. */
export type Candidates = readonly [Candidate, ...Candidate[]]

/**
 * Admission does not tell PUT from PATCH (the options are UpdateOptions either way), and calls a PATCH or PUT that makes its
 * object CREATE. RBAC wants `create` for that too, and so does a grant. The first verb is what a refusal says to ask for.
 */
const VERBS: Readonly<Record<Operation, readonly [string, ...string[]]>> = {
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
    // A request for a namespace object carries its own name as namespace, as upstream's RequestInfo has it.
    namespace: ofNamespace ? name : review.namespace,
    resource,
    subresource,
    name,
    parts: [resource, name, subresource].filter((part) => part !== ''),
  }
}

/** The name that an object of a collection has by itself; empty where the review does not show it. */
function nameIn(object: unknown): string {
  const name = (object as { readonly metadata?: { readonly name?: unknown } } | undefined)?.metadata?.name
  return typeof name === 'string' ? name : ''
}

/**
 * What an admission review is a request for, in the words of the gateway. Creating by POST has no name in the URL and one
 * here, so rules are asked both with the name and without: a rule that denies a name holds, and one that allows a name allows
 * no more than at the gateway. A nameless DELETE is `deletecollection`; it comes once an object, and what a rule says of that object
 * holds for it too. What the write gives to a workload is seen in the object and the old one, which are those of the moment of the write.
 * @param further verbs that the client is known to have used besides
 */
export function candidatesOf(review: Review, further: readonly string[] = []): Candidates {
  const { operation, name } = review
  const [verb, ...others] = operation === 'DELETE' && name === '' ? (['deletecollection'] as const) : VERBS[operation]
  const created = operation === 'CREATE' && review.subresource === '' && name !== ''
  const deleted = verb === 'deletecollection' ? nameIn(review.oldObject) : ''
  const otherName = created ? '' : deleted === '' ? undefined : deleted
  // The same for each verb that writes, and none for the others.
  const gains = gainsOfRequest(infoOf(review, verb, name), review.object, review.oldObject)
  const classified = (as: string, named: string): Classified => withGains(classify(infoOf(review, as, named)), gains)
  const candidate = (as: string): Candidate => {
    const asked = classified(as, name)
    return { asked, ways: otherName === undefined ? [asked] : [asked, classified(as, otherName)] }
  }
  return [candidate(verb), ...others.map(candidate), ...further.map(candidate)]
}
