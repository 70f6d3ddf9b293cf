import { API_VERSION, GROUP, VERSION } from '../../domain/names.ts'
import type { Schema } from '../../domain/schema.ts'
import type { Kind, Subresource } from './kind.ts'
import { META_DEFINITIONS, META_PREFIX } from './openapi-meta.ts'

type Node = { readonly [key: string]: unknown }
/** Where definitions live and how a body is written: the one difference between OpenAPI v2 and v3 that we need. */
type Dialect = { readonly prefix: string; readonly v3: boolean }

const PREFIX = 'access.jit.v1.'
const gvk = (kind: string): object => ({ group: GROUP, version: VERSION, kind })
const META_GVK = [{ group: GROUP, version: VERSION }]

/** Our schema language is a subset of both dialects; only `$ref`s differ. */
const schemaOf = (schema: Schema): Node => schema as unknown as Node

function definitions(kinds: readonly Kind[], { prefix }: Dialect): Node {
  const ref = (name: string): object => ({ $ref: `${prefix}${name}` })
  const own = kinds.flatMap((kind) => [
    [
      `${PREFIX}${kind.kind}`,
      {
        description: kind.description,
        type: 'object',
        properties: {
          apiVersion: { type: 'string', description: `Version of the schema of this object: ${API_VERSION}.` },
          kind: { type: 'string', description: `Kind of this object: ${kind.kind}.` },
          metadata: ref(`${META_PREFIX}ObjectMeta`),
          spec: schemaOf(kind.spec),
          ...(kind.status === undefined ? {} : { status: schemaOf(kind.status) }),
        },
        'x-kubernetes-group-version-kind': [gvk(kind.kind)],
      },
    ],
    [
      `${PREFIX}${kind.kind}List`,
      {
        description: `A list of ${kind.kind}s.`,
        type: 'object',
        required: ['items'],
        properties: {
          apiVersion: { type: 'string', description: `Version of the schema of this list: ${API_VERSION}.` },
          kind: { type: 'string', description: `Kind of this list: ${kind.kind}List.` },
          metadata: ref(`${META_PREFIX}ListMeta`),
          items: { type: 'array', description: 'The objects.', items: ref(`${PREFIX}${kind.kind}`) },
        },
        'x-kubernetes-group-version-kind': [gvk(`${kind.kind}List`)],
      },
    ],
  ])
  const meta = Object.entries(META_DEFINITIONS(ref)).map(([name, definition]) => [
    name,
    name.endsWith('DeleteOptions')
      ? { ...definition, 'x-kubernetes-group-version-kind': META_GVK.map((entry) => ({ ...entry, kind: 'DeleteOptions' })) }
      : definition,
  ])
  return Object.fromEntries([...meta, ...own]) as Node
}

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
const METHOD = { get: 'get', list: 'get', create: 'post', update: 'put', patch: 'patch', delete: 'delete', deletecollection: 'delete' } as const
type Operated = keyof typeof METHOD

const QUERY: { readonly [name: string]: { readonly type: 'string' | 'integer' | 'boolean'; readonly description: string } } = {
  dryRun: { type: 'string', description: 'All: nothing is stored. Left out: the change is made.' },
  fieldManager: { type: 'string', description: 'Name of who makes the change. Left out: taken from the user agent.' },
  fieldValidation: { type: 'string', description: 'Ignore, Warn or Strict: what to do about unknown fields. Left out: Warn.' },
  force: { type: 'boolean', description: 'Whether an apply takes over fields that others manage. Left out: no.' },
  labelSelector: { type: 'string', description: 'Labels that objects must have. Left out: any.' },
  fieldSelector: { type: 'string', description: 'Fields that objects must have. Left out: any.' },
  limit: { type: 'integer', description: 'Most objects in one page. Left out: all.' },
  continue: { type: 'string', description: 'Where to go on. Left out: at the beginning.' },
  resourceVersion: { type: 'string', description: 'Version to start at. Left out: the latest.' },
  watch: { type: 'boolean', description: 'Stream changes. Left out: list.' },
  timeoutSeconds: { type: 'integer', description: 'Life of a watch. Left out: 30 to 60 minutes.' },
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
/** Strategic merge is left out: clients use what stands here. */
const PATCH_TYPES = ['application/json-patch+json', 'application/merge-patch+json', 'application/apply-patch+yaml'] as const

function operation(kind: Kind, verb: Operated, { v3, prefix }: Dialect, target: { readonly subresource?: Subresource } = {}): Node {
  const kindName = target.subresource?.kind ?? kind.kind
  const answer = { $ref: `${prefix}${PREFIX}${verb === 'list' ? `${kind.kind}List` : kind.kind}` }
  const id = `${verb}${kind.kind}${target.subresource === undefined ? '' : target.subresource.name[0]?.toUpperCase() + target.subresource.name.slice(1)}`
  const body =
    verb === 'delete' || verb === 'deletecollection'
      ? { $ref: `${prefix}${META_PREFIX}DeleteOptions` }
      : verb === 'patch'
        ? { type: 'object', description: 'A patch.' }
        : { $ref: `${prefix}${PREFIX}${kind.kind}` }
  const hasBody = verb !== 'get' && verb !== 'list'
  const accepted = verb === 'patch' ? [...PATCH_TYPES] : ['application/json', 'application/yaml']
  const query = QUERY_OF[verb].map((name) => {
    const { type, description = '' } = QUERY[name] ?? { type: 'string' }
    return v3 ? { name, in: 'query', description, schema: { type, uniqueItems: true } } : { name, in: 'query', description, type, uniqueItems: true }
  })
  const content = (schema: object, types: readonly string[]): object => Object.fromEntries(types.map((type) => [type, { schema }]))
  const shared = {
    operationId: id,
    description: `${verb} ${kindName}`,
    tags: ['jitAccess_v1'],
    'x-kubernetes-action': ACTION[verb],
    'x-kubernetes-group-version-kind': gvk(kindName),
  }
  if (v3) {
    return {
      ...shared,
      parameters: query,
      ...(hasBody ? { requestBody: { content: content(body, accepted) } } : {}),
      responses: { '200': { description: 'OK', content: content(answer, ['application/json', 'application/yaml']) } },
    }
  }
  return {
    ...shared,
    ...(hasBody ? { consumes: accepted } : { consumes: ['*/*'] }),
    produces: ['application/json', 'application/yaml'],
    schemes: ['https'],
    parameters: [...query, ...(hasBody ? [{ name: 'body', in: 'body', required: verb !== 'delete', schema: body }] : [])],
    responses: { '200': { description: 'OK', schema: answer } },
  }
}

function paths(kinds: readonly Kind[], dialect: Dialect): Node {
  const name = {
    name: 'name',
    in: 'path',
    description: 'Name of the object.',
    required: true,
    ...(dialect.v3 ? { schema: { type: 'string', uniqueItems: true } } : { type: 'string', uniqueItems: true }),
  }
  const group = (kind: Kind, verbs: readonly Operated[]): readonly (readonly [string, Node])[] =>
    verbs.filter((verb) => (kind.verbs as readonly string[]).includes(verb)).map((verb) => [METHOD[verb], operation(kind, verb, dialect)])
  return Object.fromEntries(
    kinds.flatMap((kind) => {
      const base = `/apis/${API_VERSION}/${kind.resource}`
      const single = group(kind, ['get', 'update', 'patch', 'delete'])
      return [
        [base, Object.fromEntries(group(kind, ['list', 'create', 'deletecollection']))],
        ...(single.length === 0 ? [] : [[`${base}/{name}`, { parameters: [name], ...Object.fromEntries(single) }]]),
        ...kind.subresources.map((subresource) => [
          `${base}/{name}/${subresource.name}`,
          {
            parameters: [name],
            ...Object.fromEntries(subresource.verbs.map((verb) => [METHOD[verb], operation(kind, verb, dialect, { subresource })])),
          },
        ]),
      ]
    }),
  ) as Node
}

const INFO = { title: 'jit-access', version: 'v1' }

export function openApiV2(kinds: readonly Kind[]): Node {
  const dialect = { prefix: '#/definitions/', v3: false }
  return { swagger: '2.0', info: INFO, paths: paths(kinds, dialect), definitions: definitions(kinds, dialect) }
}

export function openApiV3(kinds: readonly Kind[]): Node {
  const dialect = { prefix: '#/components/schemas/', v3: true }
  return { openapi: '3.0.0', info: INFO, paths: paths(kinds, dialect), components: { schemas: definitions(kinds, dialect) } }
}
