import { API_VERSION, GROUP, VERSION } from '../../../domain/api/names.ts'
import type { Schema } from '../../../domain/api/schema.ts'
import type { Kind } from '../kind.ts'
import { META_DEFINITIONS, META_PREFIX } from './openapi-meta.ts'
import { gvk, METHOD, operation, PREFIX, type Dialect, type OpenAPINode, type Operated } from './openapi-operation.ts'

const META_GVK = [{ group: GROUP, version: VERSION }]

/** Schemas here use a subset of both dialects; only `$ref`s differ. */
const schemaOf = (schema: Schema): OpenAPINode => schema

function definitions(kinds: readonly Kind[], { prefix }: Dialect): OpenAPINode {
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
  return Object.fromEntries([...meta, ...own]) as OpenAPINode
}

function paths(kinds: readonly Kind[], dialect: Dialect): OpenAPINode {
  const name = {
    name: 'name',
    in: 'path',
    description: 'Name of the object.',
    required: true,
    ...(dialect.v3 ? { schema: { type: 'string', uniqueItems: true } } : { type: 'string', uniqueItems: true }),
  }
  const group = (kind: Kind, verbs: readonly Operated[]): readonly (readonly [string, OpenAPINode])[] =>
    verbs.filter((verb) => (kind.verbs as readonly string[]).includes(verb)).map((verb) => [METHOD[verb], operation({ kind }, verb, dialect)])
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
            ...Object.fromEntries(subresource.verbs.map((verb) => [METHOD[verb], operation({ kind, subresource }, verb, dialect)])),
          },
        ]),
      ]
    }),
  ) as OpenAPINode
}

const INFO = { title: 'jit-access', version: 'v1' }

export function openApiV2(kinds: readonly Kind[]): OpenAPINode {
  const dialect = { prefix: '#/definitions/', v3: false }
  return { swagger: '2.0', info: INFO, paths: paths(kinds, dialect), definitions: definitions(kinds, dialect) }
}

export function openApiV3(kinds: readonly Kind[]): OpenAPINode {
  const dialect = { prefix: '#/components/schemas/', v3: true }
  return { openapi: '3.0.0', info: INFO, paths: paths(kinds, dialect), components: { schemas: definitions(kinds, dialect) } }
}
