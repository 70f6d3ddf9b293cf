import { createHash } from 'node:crypto'
import { API_VERSION, GROUP, VERSION } from '../../../domain/api/names.ts'
import type { Kind } from '../kind.ts'

/** Bytes that are built once per process, so that they can be served while the store is down. */
export type StaticDocument = { readonly body: string; readonly contentType: string; readonly etag: string }

export const documentOf = (value: object, contentType = 'application/json'): StaticDocument => {
  const body = JSON.stringify(value)
  return { body, contentType, etag: `"${createHash('sha512').update(body).digest('hex').toUpperCase()}"` }
}

const responseKind = (kind: string): object => ({ group: GROUP, version: VERSION, kind })

/** `kubectl get jit` lists every kind of the category, so kinds without the verb list are not in it. */
const categories = (kind: Kind): object => (kind.verbs.includes('list') ? { categories: ['jit'] } : {})

function aggregated(kinds: readonly Kind[]): object {
  const resources = kinds.map((kind) => ({
    resource: kind.resource,
    responseKind: responseKind(kind.kind),
    scope: 'Cluster',
    singularResource: kind.singular,
    verbs: [...kind.verbs].sort(),
    ...(kind.shortNames.length === 0 ? {} : { shortNames: kind.shortNames }),
    ...categories(kind),
    ...(kind.subresources.length === 0
      ? {}
      : {
          subresources: kind.subresources.map(({ name, verbs, kind: own }) => ({
            subresource: name,
            responseKind: responseKind(own ?? kind.kind),
            verbs: [...verbs].sort(),
          })),
        }),
  }))
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: 'apidiscovery.k8s.io/v2',
    metadata: {},
    items: [{ metadata: { name: GROUP, creationTimestamp: null }, versions: [{ version: VERSION, freshness: 'Current', resources }] }],
  }
}

function resourceList(kinds: readonly Kind[]): object {
  const resources = kinds.flatMap((kind) => [
    {
      name: kind.resource,
      singularName: kind.singular,
      namespaced: false,
      kind: kind.kind,
      verbs: [...kind.verbs].sort(),
      ...(kind.shortNames.length === 0 ? {} : { shortNames: kind.shortNames }),
      ...categories(kind),
    },
    ...kind.subresources.map(({ name, verbs, kind: own }) => ({
      name: `${kind.resource}/${name}`,
      singularName: '',
      namespaced: false,
      kind: own ?? kind.kind,
      verbs: [...verbs].sort(),
    })),
  ])
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: API_VERSION, resources }
}

const GROUP_DOCUMENT = {
  name: GROUP,
  versions: [{ groupVersion: API_VERSION, version: VERSION }],
  preferredVersion: { groupVersion: API_VERSION, version: VERSION },
}

export type DiscoveryDocuments = {
  readonly aggregated: StaticDocument
  readonly groups: StaticDocument
  readonly group: StaticDocument
  readonly resources: StaticDocument
  readonly legacy: StaticDocument
}

export function discovery(kinds: readonly Kind[]): DiscoveryDocuments {
  return {
    aggregated: documentOf(aggregated(kinds), 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'),
    groups: documentOf({ kind: 'APIGroupList', apiVersion: 'v1', groups: [GROUP_DOCUMENT] }),
    group: documentOf({ kind: 'APIGroup', apiVersion: 'v1', ...GROUP_DOCUMENT }),
    resources: documentOf(resourceList(kinds)),
    legacy: documentOf({ kind: 'APIVersions', versions: [], serverAddressByClientCIDRs: [] }),
  }
}
