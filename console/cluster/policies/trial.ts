import { YAMLParseError } from 'yaml'
import { API_VERSION, REVIEWS_PATH } from '../../../domain/api/names.ts'
import type { AccessPolicy } from '../../../domain/api/access-policy.ts'
import type { AccessReviewSpec, AccessReviewStatus } from '../../../domain/api/virtual/access-review.ts'
import { reviewedRequestSchema, type ReviewedRequest } from '../../../domain/api/virtual/reviewed-request.ts'
import type { Classified } from '../../../domain/decision.ts'
import { operationsOfRules, type Operations } from '../../../domain/explain/operations-of-request.ts'
import { explainPolicy, type Explanation } from '../../../domain/policy/explain.ts'
import { isObject } from '../../../domain/is-object.ts'
import { StatusError } from '../../../domain/status-error.ts'
import { readYamlOf } from '../../../server/read-yaml.ts'
import { problems } from '../../../server/schema/problems.ts'
import type { UserClient } from '../impersonate.ts'
import { readingOf, type PartReading } from '../part-reading.ts'

/** What a person wrote into the form. */
export type Asked = {
  readonly verb: string
  /** Plural name with group and subresource, as `deployments.apps/scale`. */
  readonly resource: string
  readonly namespace: string
  readonly name: string
  /** Empty for the person. */
  readonly user: string
  readonly groups: readonly string[]
  /** An AccessRequest. Empty for the single request of the other fields. */
  readonly yaml: string
}

/** What a policy says about each operation, and what the server says with all policies and grants of the user. */
export type Trial = {
  readonly walks: readonly { readonly classified: Classified; readonly explanation: Explanation }[]
  readonly left: number
  /** Fields of the AccessRequest that no requester writes, and that were left out. */
  readonly ignored: readonly string[]
  readonly answer: PartReading<AccessReviewStatus>
}

const invalid = (message: string): StatusError => new StatusError('Invalid', `Nothing was tried: ${message}`)

/** A field with null counts as absent, as kube-apiserver reads it. */
const withoutNulls = (spec: object): object => JSON.parse(JSON.stringify(spec, (_, value: unknown) => (value === null ? undefined : value))) as object

const FIELDS = Object.keys(reviewedRequestSchema.properties)

/** What it says of one YAML document. Aliases are refused: a few of them can stand for gigabytes. */
function readYaml(yaml: string): unknown {
  try {
    return readYamlOf(yaml, { maxAliasCount: 0, prettyErrors: false, logLevel: 'error' })
  } catch (error) {
    const isOfParser = error instanceof YAMLParseError && error.code !== 'MULTIPLE_DOCS'
    throw invalid(`the YAML cannot be read: ${isOfParser ? error.message : 'write one document without aliases, whose keys are texts and differ'}.`)
  }
}

/** The spec of the AccessRequest, with the fields that a requester writes. @throws StatusError Invalid */
function readRequest(yaml: string): { readonly request: ReviewedRequest; readonly ignored: readonly string[] } {
  const object = readYaml(yaml)
  const spec = isObject(object) && object['kind'] === 'AccessRequest' ? object['spec'] : undefined
  if (!isObject(spec)) throw invalid('the YAML must be an AccessRequest with a spec.')
  const given = Object.entries(withoutNulls(spec))
  const request = Object.fromEntries(given.filter(([field]) => FIELDS.includes(field)))
  const faults = problems(reviewedRequestSchema, request, 'spec')
  if (faults.length > 0) throw invalid(faults.map(({ field, message }) => `${field ?? 'spec'}: ${message}`).join('; '))
  return { request, ignored: given.map(([field]) => field).filter((field) => !FIELDS.includes(field)) }
}

/** `deployments.apps/scale`: a plural name, its group after the first dot, and a subresource. */
function resourceIn(text: string): { readonly resource: string; readonly group: string; readonly subresource: string } {
  const [qualified = '', subresource = ''] = text.split('/', 2)
  const dot = qualified.indexOf('.')
  return dot === -1
    ? { resource: qualified, group: '', subresource }
    : { resource: qualified.slice(0, dot), group: qualified.slice(dot + 1), subresource }
}

type Question = { readonly operations: Operations; readonly spec: AccessReviewSpec; readonly ignored: readonly string[] }

function questionOf(asked: Asked): Question {
  if (asked.yaml !== '') {
    const { request, ignored } = readRequest(asked.yaml)
    return { operations: operationsOfRules(request.rules ?? []), spec: { request }, ignored }
  }
  const { verb, namespace, name } = asked
  const { resource, group, subresource } = resourceIn(asked.resource)
  if (verb === '' || resource === '') throw invalid('give a verb and a resource, or an AccessRequest.')
  const rule = {
    verbs: [verb],
    apiGroups: [group],
    resources: [subresource === '' ? resource : `${resource}/${subresource}`],
    ...(namespace === '' ? {} : { namespaces: [namespace] }),
    ...(name === '' ? {} : { resourceNames: [name] }),
  }
  return { operations: operationsOfRules([rule]), spec: { verb, group, resource, subresource, namespace, name }, ignored: [] }
}

const whoOf = ({ user, groups }: Asked): Pick<AccessReviewSpec, 'user' | 'groups'> =>
  user === '' ? {} : { user, ...(groups.length === 0 ? {} : { groups: [...groups] }) }

/**
 * Tries a request against a policy. Changes nothing. The server answers by all policies and grants of the user.
 * @throws StatusError Invalid for a form that names no request
 */
export async function tryAgainst(client: UserClient, policy: AccessPolicy, asked: Asked): Promise<Trial> {
  const { operations, spec, ignored } = questionOf(asked)
  const body = { apiVersion: API_VERSION, kind: 'AccessReview', spec: { ...whoOf(asked), ...spec } }
  const review = client.json<{ readonly status?: AccessReviewStatus }>({ method: 'POST', path: REVIEWS_PATH, body })
  return {
    walks: operations.operations.map((classified) => ({ classified, explanation: explainPolicy(policy, classified) })),
    left: operations.left,
    ignored,
    answer: await readingOf(review.then(({ status }) => status ?? { allowed: false, message: 'the server gave no answer' })),
  }
}
