import type { Watched } from '../../kube/informer.ts'
import type { Address } from './forwarder.ts'

/** The fields of an EndpointSlice that show which endpoints serve. */
export type Slice = Watched & {
  readonly ports?: readonly { readonly name?: string | null; readonly port?: number | null }[] | null
  readonly endpoints?:
    | readonly {
        readonly addresses?: readonly string[]
        readonly conditions?: { readonly ready?: boolean | null; readonly serving?: boolean | null }
      }[]
    | null
}

const PORT = 'https'

type Endpoint = NonNullable<Slice['endpoints']>[number]

const isReady = ({ conditions }: Endpoint): boolean => conditions?.ready !== false
const isLeaving = ({ conditions }: Endpoint): boolean => conditions?.ready === false && conditions.serving === true

/** The wanted endpoints of a slice that has the port. Only the first address of an endpoint counts. */
function targetsOf({ endpoints, ports }: Slice, wanted: (endpoint: Endpoint) => boolean): readonly Address[] {
  const port = ports?.find(({ name }) => name === PORT)?.port
  if (typeof port !== 'number') return []
  return (endpoints ?? []).filter(wanted).flatMap(({ addresses = [] }) => addresses.slice(0, 1).map((host) => ({ host, port })))
}

/**
 * The serving endpoints: first the ready ones, then the terminating ones that still serve. An unset `ready` counts as true, as in
 * Kubernetes. Otherwise in the order of the slices.
 */
export const whoServes = (slices: readonly Slice[]): readonly Address[] =>
  [isReady, isLeaving].flatMap((wanted) => slices.flatMap((slice) => targetsOf(slice, wanted)))
