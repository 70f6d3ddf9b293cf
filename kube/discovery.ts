import type { Clock } from '../domain/clock.ts'
import type { Discovered, ServedResource } from '../domain/served-resource.ts'
import type { KubeClient } from './client.ts'

/** Returns what the cluster serves, at most 10 seconds old. @throws StatusError when discovery fails */
export type Discovery = () => Promise<Discovered>

type Entry = {
  readonly resource?: string
  readonly scope?: string
  readonly responseKind?: { readonly kind?: string }
  readonly singularResource?: string
  readonly shortNames?: readonly string[]
  readonly verbs?: readonly string[]
  readonly subresources?: readonly { readonly subresource?: string; readonly verbs?: readonly string[] }[]
}
type Groups = {
  readonly items?: readonly {
    readonly metadata?: { readonly name?: string }
    readonly versions?: readonly { readonly freshness?: string; readonly resources?: readonly Entry[] }[]
  }[]
}

/** Aggregated discovery needs two requests for all groups. Served since Kubernetes 1.26, as v2 since 1.30. */
const ACCEPT = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'
const FRESH_MS = 10_000

function servedBy(group: string, entry: Entry): readonly ServedResource[] {
  const { resource = '', scope, responseKind, singularResource = '', shortNames = [], verbs = [], subresources = [] } = entry
  const shared = { group, namespaced: scope === 'Namespaced', kind: responseKind?.kind ?? '' }
  return [
    { ...shared, resource, singular: singularResource, shortNames, verbs },
    ...subresources.map((each) => ({
      ...shared,
      resource: `${resource}/${each.subresource ?? ''}`,
      singular: '',
      shortNames: [],
      verbs: each.verbs ?? [],
    })),
  ]
}

function discoveredIn(answers: readonly Groups[]): Discovered {
  const groups = answers.flatMap(({ items = [] }) => items).map(({ metadata, versions = [] }) => ({ name: metadata?.name ?? '', versions }))
  return {
    resources: groups.flatMap(({ name, versions }) => versions.flatMap(({ resources = [] }) => resources.flatMap((entry) => servedBy(name, entry)))),
    unknownGroups: new Set(groups.filter(({ versions }) => versions.some(({ freshness }) => freshness === 'Stale')).map(({ name }) => name)),
  }
}

export function createDiscovery(client: Pick<KubeClient, 'json'>, clock: Clock): Discovery {
  let last: { readonly found: Promise<Discovered>; readonly atMs: number } | undefined
  const read = async (): Promise<Discovered> => {
    const paths = ['/api', '/apis'] as const
    return discoveredIn(
      await Promise.all(paths.map((path) => client.json<Groups>({ method: 'GET', path, headers: { accept: ACCEPT }, timeoutMs: 5_000 }))),
    )
  }
  return () => {
    if (last !== undefined && clock.nowMs() - last.atMs < FRESH_MS) return last.found
    const asked = { found: read(), atMs: clock.nowMs() }
    last = asked
    // A failure is reported to current callers and not cached.
    asked.found.catch(() => {
      if (last === asked) last = undefined
    })
    return asked.found
  }
}
