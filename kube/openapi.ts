import { LRUCache } from 'lru-cache'
import type { Clock } from '../domain/clock.ts'
import type { FieldType } from '../domain/field-type.ts'
import type { KubeClient } from './client.ts'
import { typeOf, withoutDescriptions, type OpenApiSchema, type OpenApiSchemas } from './openapi-types.ts'

/** A resource in any version. `subresource` is empty for the resource itself. */
export type TypedResource = { readonly group: string; readonly resource: string; readonly subresource: string }

/**
 * Returns the types of the objects that are written to a resource, one for each served version. Empty if the resource is not served, or has
 * no schema.
 * @throws StatusError when the OpenAPI documents cannot be read
 */
export type ObjectTypes = (resource: TypedResource) => Promise<readonly FieldType[]>

type Operation = { readonly requestBody?: { readonly content?: { readonly [type: string]: { readonly schema?: OpenApiSchema } } } }
type Document = {
  readonly paths?: { readonly [path: string]: { readonly put?: Operation; readonly post?: Operation } }
  readonly components?: { readonly schemas?: OpenApiSchemas }
}
type Index = { readonly paths?: { readonly [path: string]: { readonly serverRelativeURL?: string } } }
/** The parts of a document that are cached: request bodies by `RESOURCE` or `RESOURCE/SUBRESOURCE`, and schemas. */
type Kept = { readonly bodies: ReadonlyMap<string, OpenApiSchema>; readonly schemas: OpenApiSchemas }

const FRESH_MS = 10_000
const TIMEOUT_MS = 10_000
/** The number of cached documents. Each is for one group version, and conditions of policies need only a few. */
const MAX_KEPT = 32
const PATH = /^\/(?:api\/[^/]+|apis\/[^/]+\/[^/]+)\/(?:namespaces\/\{namespace\}\/)?([^/{]+)(?:\/\{name\}(?:\/([^/]+))?)?$/

const bodyOf = (operation: Operation | undefined): OpenApiSchema | undefined =>
  Object.values(operation?.requestBody?.content ?? {}).find(({ schema }) => schema !== undefined)?.schema

/** Returns `RESOURCE` or `RESOURCE/SUBRESOURCE` for a path of a document. */
function nameIn(path: string): string | undefined {
  const [, resource, subresource] = PATH.exec(path) ?? []
  return subresource === undefined ? resource : `${resource}/${subresource}`
}

function keptOf({ paths = {}, components }: Document): Kept {
  const bodies = new Map<string, OpenApiSchema>()
  for (const [path, { put, post }] of Object.entries(paths)) {
    const name = nameIn(path)
    const body = bodyOf(put) ?? bodyOf(post)
    if (name !== undefined && body !== undefined) bodies.set(name, withoutDescriptions(body))
  }
  const schemas = Object.entries(components?.schemas ?? {}).map(([name, schema]) => [name, withoutDescriptions(schema)] as const)
  return { bodies, schemas: Object.fromEntries(schemas) }
}

/** Makes a promise to cache. On failure, `forget` removes it, so that only current callers get the error. */
function cached<T>(make: () => Promise<T>, forget: () => void): Promise<T> {
  const made = make()
  made.catch(forget)
  return made
}

/** Reads the cluster's OpenAPI v3. Caches the index for ten seconds, and documents by URL, which contains a hash of the content. */
export function createObjectTypes(client: Pick<KubeClient, 'json'>, clock: Clock): ObjectTypes {
  const get = <T>(path: string): Promise<T> => client.json<T>({ method: 'GET', path, timeoutMs: TIMEOUT_MS })
  const documents = new LRUCache<string, Promise<Kept>>({ max: MAX_KEPT })
  let last: { readonly index: Promise<Index>; readonly atMs: number } | undefined

  const index = (): Promise<Index> => {
    if (last !== undefined && clock.nowMs() - last.atMs < FRESH_MS) return last.index
    last = {
      index: cached(
        () => get<Index>('/openapi/v3'),
        () => (last = undefined),
      ),
      atMs: clock.nowMs(),
    }
    return last.index
  }
  const document = (url: string): Promise<Kept> => {
    const known = documents.get(url)
    if (known !== undefined) return known
    const made = cached(
      async () => keptOf(await get<Document>(url)),
      () => documents.delete(url),
    )
    documents.set(url, made)
    return made
  }

  return async ({ group, resource, subresource }) => {
    const prefix = group === '' ? 'api/' : `apis/${group}/`
    const { paths = {} } = await index()
    const urls = Object.entries(paths).flatMap(([path, { serverRelativeURL = '' }]) =>
      path.startsWith(prefix) && serverRelativeURL.startsWith('/openapi/v3/') ? [serverRelativeURL] : [],
    )
    const types: FieldType[] = []
    for (const url of urls) {
      const { bodies, schemas } = await document(url)
      const body = bodies.get(subresource === '' ? resource : `${resource}/${subresource}`)
      if (body !== undefined) types.push(typeOf(body, schemas))
    }
    return types
  }
}
