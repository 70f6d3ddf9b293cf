import { StatusError } from '../../../domain/status-error.ts'

export type AcceptedFormat = {
  readonly media: 'application/json' | 'application/yaml'
  readonly as: 'Object' | 'Table' | 'PartialObjectMetadata' | 'PartialObjectMetadataList'
}

type Clause = { readonly media: string; readonly parameters: ReadonlyMap<string, string>; readonly quality: number }

function clauses(accept: string): readonly Clause[] {
  return accept
    .split(',')
    .map((text): Clause => {
      const [media = '', ...rest] = text.split(';').map((part) => part.trim())
      const parameters = new Map(rest.map((part): [string, string] => [part.split('=')[0]?.toLowerCase() ?? '', part.slice(part.indexOf('=') + 1)]))
      return { media: media.toLowerCase(), parameters, quality: Number(parameters.get('q') ?? 1) }
    })
    .filter(({ media, quality }) => media !== '' && quality > 0)
    .sort((a, b) => b.quality - a.quality)
}

const SHAPES = ['Object', 'Table', 'PartialObjectMetadata', 'PartialObjectMetadataList'] as const
const MEDIA: { readonly [media: string]: AcceptedFormat['media'] } = {
  'application/json': 'application/json',
  'application/*': 'application/json',
  '*/*': 'application/json',
  'application/yaml': 'application/yaml',
}

function formatOf({ media, parameters }: Clause): AcceptedFormat | undefined {
  const known = MEDIA[media]
  if (known === undefined) return undefined
  const as = parameters.get('as')
  if (as === undefined) return { media: known, as: 'Object' }
  const shape = SHAPES.find((one) => one === as)
  if (shape === undefined || parameters.get('g') !== 'meta.k8s.io' || parameters.get('v') !== 'v1') return undefined
  return { media: known, as: shape }
}

/**
 * The first clause, by quality and then by order, that the server fully supports. Others are skipped, as upstream does.
 * @throws StatusError NotAcceptable
 */
export function negotiate(accept: string | undefined): AcceptedFormat {
  if (accept === undefined || accept.trim() === '') return { media: 'application/json', as: 'Object' }
  for (const clause of clauses(accept)) {
    const format = formatOf(clause)
    if (format !== undefined) return format
  }
  throw new StatusError('NotAcceptable', 'only the following media types are accepted: application/json, application/yaml')
}

/** Whether a client asks for aggregated discovery. */
export function wantsAggregatedDiscovery(accept: string | undefined): boolean {
  return clauses(accept ?? '').some(
    ({ media, parameters }) =>
      media === 'application/json' &&
      parameters.get('g') === 'apidiscovery.k8s.io' &&
      parameters.get('v') === 'v2' &&
      parameters.get('as') === 'APIGroupDiscoveryList',
  )
}
