import { StatusError } from '../../domain/status-error.ts'

/** What kind of answer a route gives. `static`: discovery, OpenAPI, version, health. */
export type RouteKind = 'object' | 'text' | 'static'

/** What is asked of upstream, and the type that the client is told when it is another. */
export type Offer = { readonly accept: string; readonly answerType?: string }

type Range = { readonly type: string; readonly parameters: ReadonlyMap<string, string>; readonly quality: number }

const JSON_TYPE = 'application/json'
/** Forms that objects may be asked for in: `application/json;as=Table;g=meta.k8s.io;v=v1`. */
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

/** The client's list, best first. A weight of nothing is a no. */
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
  // Every JSON document is a YAML document, so the masked JSON is what was asked for.
  const yaml = ranges.find(({ type }) => type === 'application/yaml' || type === 'text/yaml')
  if (yaml !== undefined) return { accept: JSON_TYPE, answerType: yaml.type }
  throw notAcceptable()
}

function forStatic(ranges: readonly Range[]): Offer {
  const kept = ranges.filter(({ type }) => type === JSON_TYPE || isWild(type) || type === 'text/plain' || OPENAPI_PROTOBUF.test(type))
  if (kept.length === 0) throw notAcceptable()
  return { accept: [...new Set(kept.map(write))].join(',') }
}

/** Answers by route and Accept: clients say the same few again and again, and each is asked twice a request. */
const offers = new Map<string, Offer>()
const MAX_OFFERS = 256

/**
 * What upstream is asked for so that its answer can be masked: protobuf and CBOR are taken off the client's list. The OpenAPI
 * documents stay in protobuf where that is asked for: they are searched whole, and withheld if anything is found in them.
 * @throws StatusError NotAcceptable when nothing is left
 */
export function offer(accept: string | undefined, route: RouteKind): Offer {
  if (route === 'text') return { accept: '*/*' }
  if (accept === undefined || accept.trim() === '') return { accept: JSON_TYPE }
  const key = `${route} ${accept}`
  const known = offers.get(key)
  if (known !== undefined) return known
  const ranges = rangesOf(accept)
  const made = route === 'static' ? forStatic(ranges) : forObjects(ranges)
  if (offers.size >= MAX_OFFERS) offers.clear()
  offers.set(key, made)
  return made
}
