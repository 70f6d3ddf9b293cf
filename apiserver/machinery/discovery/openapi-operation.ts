import { GROUP, VERSION } from '../../../domain/api/names.ts'
import type { Kind, Subresource } from '../kind.ts'
import { META_PREFIX } from './openapi-meta.ts'

export type OpenAPINode = { readonly [key: string]: unknown }
/** The differences between OpenAPI v2 and v3: the path of definitions, and how bodies and parameters are written. */
export type Dialect = { readonly prefix: string; readonly v3: boolean }

export const PREFIX = 'access.jit.v1.'
export const gvk = (kind: string): object => ({ group: GROUP, version: VERSION, kind })

const ACTION = {
  get: 'get',
  list: 'list',
  create: 'post',
  update: 'put',
  patch: 'patch',
  delete: 'delete',
  deletecollection: 'deletecollection',
  watch: 'watchlist',
} as const
export const METHOD = {
  get: 'get',
  list: 'get',
  create: 'post',
  update: 'put',
  patch: 'patch',
  delete: 'delete',
  deletecollection: 'delete',
} as const
export type Operated = keyof typeof METHOD

const QUERY: { readonly [name: string]: { readonly type: 'string' | 'integer' | 'boolean'; readonly description: string } } = {
  dryRun: { type: 'string', description: 'Dry run: only the value All is valid. Nothing is stored then. Optional. Defaults to storing the change.' },
  fieldManager: { type: 'string', description: 'Name of the client that makes the change. Optional. Defaults to the first part of the user agent.' },
  fieldValidation: { type: 'string', description: 'How the server handles unknown fields: Ignore, Warn or Strict. Optional. Defaults to Warn.' },
  force: { type: 'boolean', description: 'Whether an apply takes over fields that other managers own. Optional. Defaults to false.' },
  labelSelector: { type: 'string', description: 'Restricts the objects by their labels. Optional. Defaults to every object.' },
  fieldSelector: { type: 'string', description: 'Restricts the objects by their fields. Optional. Defaults to every object.' },
  limit: { type: 'integer', description: 'Maximum number of objects in one page. Optional. Defaults to all objects.' },
  continue: { type: 'string', description: 'Continues a list at this token of the previous page. Optional. Defaults to the beginning.' },
  resourceVersion: { type: 'string', description: 'Resource version to start at. Optional. Defaults to the latest.' },
  watch: { type: 'boolean', description: 'Whether to stream changes instead of listing. Optional. Defaults to false.' },
  timeoutSeconds: { type: 'integer', description: 'Duration of a watch, in seconds. Optional. Defaults to a random time of 30 to 60 minutes.' },
}
const QUERY_OF: Readonly<Record<Operated, readonly string[]>> = {
  get: [],
  list: ['labelSelector', 'fieldSelector', 'limit', 'continue', 'resourceVersion', 'watch', 'timeoutSeconds'],
  create: ['dryRun', 'fieldManager', 'fieldValidation'],
  update: ['dryRun', 'fieldManager', 'fieldValidation'],
  patch: ['dryRun', 'fieldManager', 'fieldValidation', 'force'],
  delete: ['dryRun'],
  deletecollection: ['dryRun', 'labelSelector', 'fieldSelector'],
}
/** Does not include strategic merge patch, which the server refuses. Clients choose a patch type from this list. */
const PATCH_TYPES = ['application/json-patch+json', 'application/merge-patch+json', 'application/apply-patch+yaml'] as const

const JSON_OR_YAML = ['application/json', 'application/yaml'] as const
const READS: ReadonlySet<Operated> = new Set(['get', 'list'])

type Ref = { readonly $ref: string }
/** Parameters, body and response of an operation, independent of the dialect. */
type Shape = {
  readonly query: readonly string[]
  readonly body?: object
  readonly accepted: readonly string[]
  readonly answer: Ref
  readonly needsBody: boolean
}

const content = (schema: object, types: readonly string[]): object => Object.fromEntries(types.map((type) => [type, { schema }]))

function bodyOf(kind: Kind, verb: Operated, prefix: string): object | undefined {
  if (READS.has(verb)) return undefined
  if (verb === 'patch') return { type: 'object', description: 'A patch.' }
  return { $ref: `${prefix}${verb.startsWith('delete') ? `${META_PREFIX}DeleteOptions` : `${PREFIX}${kind.kind}`}` }
}

function shapeOf(kind: Kind, verb: Operated, prefix: string): Shape {
  const body = bodyOf(kind, verb, prefix)
  return {
    query: QUERY_OF[verb],
    ...(body === undefined ? {} : { body }),
    accepted: verb === 'patch' ? PATCH_TYPES : JSON_OR_YAML,
    answer: { $ref: `${prefix}${PREFIX}${kind.kind}${verb === 'list' ? 'List' : ''}` },
    needsBody: verb !== 'delete',
  }
}

function queryParameter(name: string, v3: boolean): object {
  const { type, description } = QUERY[name] ?? { type: 'string', description: '' }
  const place = { name, in: 'query', description }
  return v3 ? { ...place, schema: { type, uniqueItems: true } } : { ...place, type, uniqueItems: true }
}

function inV3({ query, body, accepted, answer }: Shape): OpenAPINode {
  return {
    parameters: query.map((name) => queryParameter(name, true)),
    ...(body === undefined ? {} : { requestBody: { content: content(body, accepted) } }),
    responses: { '200': { description: 'OK', content: content(answer, JSON_OR_YAML) } },
  }
}

function inV2({ query, body, accepted, answer, needsBody }: Shape): OpenAPINode {
  const parameter = body === undefined ? [] : [{ name: 'body', in: 'body', required: needsBody, schema: body }]
  return {
    consumes: body === undefined ? ['*/*'] : accepted,
    produces: JSON_OR_YAML,
    schemes: ['https'],
    parameters: [...query.map((name) => queryParameter(name, false)), ...parameter],
    responses: { '200': { description: 'OK', schema: answer } },
  }
}

export type OperationTarget = { readonly kind: Kind; readonly subresource?: Subresource }

/** One operation of a path: a verb on a kind or on one of its subresources. */
export function operation({ kind, subresource }: OperationTarget, verb: Operated, { v3, prefix }: Dialect): OpenAPINode {
  const kindName = subresource?.kind ?? kind.kind
  const suffix = subresource === undefined ? '' : subresource.name.replace(/^./, (first) => first.toUpperCase())
  const shape = shapeOf(kind, verb, prefix)
  return {
    operationId: `${verb}${kind.kind}${suffix}`,
    description: `${verb} ${kindName}`,
    tags: ['jitAccess_v1'],
    'x-kubernetes-action': ACTION[verb],
    'x-kubernetes-group-version-kind': gvk(kindName),
    ...(v3 ? inV3(shape) : inV2(shape)),
  }
}
