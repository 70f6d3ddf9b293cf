import { StatusError } from '../../domain/status-error.ts'

/** Kind of response that a route returns. `static`: discovery, OpenAPI, version, health. */
export type RouteKind = 'object' | 'text' | 'static'

/** The Accept header for upstream, and the Content-Type for the client if it differs from upstream's. */
export type Offer = { readonly accept: string; readonly answerType?: string }

type Range = { readonly type: string; readonly parameters: ReadonlyMap<string, string>; readonly quality: number }

const JSON_TYPE = 'application/json'
/** Media type parameters that select the form of objects: `application/json;as=Table;g=meta.k8s.io;v=v1`. */
const KEPT_PARAMETERS: readonly string[] = ['as', 'g', 'v', 'profile']
const OPENAPI_PROTOBUF = /^application\/com\.github\.proto-openapi\.spec\.v[23](@|\.)v1\.0\+protobuf$/

function rangeOf(text: string): Range {
  const [type = '', ...rest] = text.split(';').map((part) => part.trim())
  const parameters = new Map(
    rest.map((part): [string, string] => {
      const [name = '', value = ''] = part.split('=')
      return [name.trim().toLowerCase(), value.trim()]
    }),
  )
  return { type: type.toLowerCase(), parameters, quality: Number(parameters.get('q') ?? '1') }
}

/** Parses the client's Accept header, best first. Drops types with quality 0 or an invalid quality. */
function rangesOf(accept: string): readonly Range[] {
  const ranges = accept.split(',').map(rangeOf)
  return ranges.filter(({ type, quality }) => type !== '' && quality > 0).sort((a, b) => b.quality - a.quality)
}

const isWild = (type: string): boolean => type === '*/*' || type === 'application/*'

function write({ type, parameters }: Range): string {
  const kept = KEPT_PARAMETERS.flatMap((name) => (parameters.has(name) ? [`${name}=${parameters.get(name) ?? ''}`] : []))
  return [isWild(type) ? JSON_TYPE : type, ...kept].join(';')
}

function notAcceptable(): StatusError {
  return new StatusError(
    'NotAcceptable',
    `only ${JSON_TYPE} can be masked, so only that (or its Table and metadata forms) is answered; add it to Accept`,
  )
}

function forObjects(ranges: readonly Range[]): Offer {
  const json = ranges.filter(({ type }) => type === JSON_TYPE || isWild(type)).map(write)
  if (json.length > 0) return { accept: [...new Set(json)].join(',') }
  // Every JSON document is also a YAML document, so masked JSON is a valid response.
  const yaml = ranges.find(({ type }) => type === 'application/yaml' || type === 'text/yaml')
  if (yaml !== undefined) return { accept: JSON_TYPE, answerType: yaml.type }
  throw notAcceptable()
}

function forStatic(ranges: readonly Range[]): Offer {
  const kept = ranges.filter(({ type }) => type === JSON_TYPE || isWild(type) || type === 'text/plain' || OPENAPI_PROTOBUF.test(type))
  if (kept.length === 0) throw notAcceptable()
  return { accept: [...new Set(kept.map(write))].join(',') }
}

/**
 * Returns the Accept header for upstream, limited to types that can be masked: removes protobuf and CBOR from the client's list. OpenAPI documents
 * may stay protobuf: they are searched as a whole, and withheld if they contain a known value.
 * @throws StatusError NotAcceptable when no type is left
 */
export function negotiateAccept(accept: string | undefined, route: RouteKind): Offer {
  if (route === 'text') return { accept: '*/*' }
  if (accept === undefined || accept.trim() === '') return { accept: JSON_TYPE }
  const ranges = rangesOf(accept)
  return route === 'static' ? forStatic(ranges) : forObjects(ranges)
}
