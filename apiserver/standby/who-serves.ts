import type { Watched } from '../../kube/informer.ts'
import type { Address } from './forwarder.ts'

/** An EndpointSlice, as far as it says who serves. */
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

/** Its endpoints that are so, where it has our port. An endpoint has one address that counts. */
function targetsOf({ endpoints, ports }: Slice, wanted: (endpoint: Endpoint) => boolean): readonly Address[] {
  const port = ports?.find(({ name }) => name === PORT)?.port
  if (typeof port !== 'number') return []
  return (endpoints ?? []).filter(wanted).flatMap(({ addresses = [] }) => addresses.slice(0, 1).map((host) => ({ host, port })))
}

/**
 * Who serves: those that are ready, and after them those that are being ended and still serve. What is not said counts as yes, as in
 * Kubernetes. The order among equals is that of the slices.
 */
export const whoServes = (slices: readonly Slice[]): readonly Address[] =>
  [isReady, isLeaving].flatMap((wanted) => slices.flatMap((slice) => targetsOf(slice, wanted)))
