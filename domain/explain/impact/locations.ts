import type { AccessRequest } from '../../api/access-request.ts'
import type { AccessRule } from '../../api/rules.ts'
import { placesOf } from '../../classify/operations-of.ts'
import { readRequest } from '../../classify/read-request.ts'

/** Objects that a request may change or connect to: one object, or a collection when `name` is empty. */
export type ResourceLocation = {
  readonly group: string
  /** Undefined when it is not known, as for a custom resource that a rule names. */
  readonly version: string | undefined
  readonly resource: string
  readonly verbs: readonly string[]
  readonly namespace: string
  readonly name: string
  /** Query with the selectors of a collection request. */
  readonly selectors: { readonly [name: string]: string }
}

/** Versions of built-in groups. A rule names no version. */
const VERSIONS: { readonly [group: string]: string } = {
  '': 'v1',
  apps: 'v1',
  batch: 'v1',
  autoscaling: 'v2',
  policy: 'v1',
  'networking.k8s.io': 'v1',
  'storage.k8s.io': 'v1',
  'rbac.authorization.k8s.io': 'v1',
}
const READS: ReadonlySet<string> = new Set(['get', 'list', 'watch'])
/** Reads over WebSocket are connections, whatever their verb. */
const STREAMS: ReadonlySet<string> = new Set(['exec', 'attach', 'portforward', 'proxy'])

const changes = (verb: string, subresource: string): boolean => !READS.has(verb) || STREAMS.has(subresource)

function ofOperation({ method, path }: { readonly method: string; readonly path: string }): readonly ResourceLocation[] {
  const url = new URL(path, 'http://gateway')
  const info = readRequest(method, decodeURIComponent(url.pathname), url.searchParams)
  if (!info.isResourceRequest || !changes(info.verb, info.subresource) || (info.verb === 'create' && info.name === '')) return []
  const selectors = Object.fromEntries(
    ['labelSelector', 'fieldSelector'].flatMap((name) => {
      const value = url.searchParams.get(name)
      return value === null ? [] : [[name, value] as const]
    }),
  )
  // kube-apiserver uses the name of a Namespace object as its namespace.
  const namespace = info.resource === 'namespaces' ? '' : info.namespace
  return [{ group: info.apiGroup, version: info.apiVersion, resource: info.resource, verbs: [info.verb], namespace, name: info.name, selectors }]
}

function ofRule(rule: AccessRule): readonly ResourceLocation[] {
  return (rule.apiGroups ?? ['']).flatMap((group) =>
    rule.resources.flatMap((word) => {
      const [resource = '', subresource = ''] = word.split('/', 2)
      const verbs = rule.verbs.filter((verb) => changes(verb, subresource))
      if (verbs.length === 0) return []
      const version = Object.hasOwn(VERSIONS, group) ? VERSIONS[group] : undefined
      return placesOf(rule).map(({ namespace, name }) => ({ group, version, resource, verbs, namespace, name, selectors: {} }))
    }),
  )
}

const keyOf = ({ group, resource, namespace, name }: ResourceLocation): string => [group, resource, namespace, name].join('/')

/** Joins the verbs of the same objects: a rule for Deployments and their scale touches the same Deployments. */
function joined(places: readonly ResourceLocation[]): readonly ResourceLocation[] {
  return [...Map.groupBy(places, keyOf).values()].flatMap((same) => {
    const [first] = same
    return first === undefined ? [] : [{ ...first, verbs: [...new Set(same.flatMap(({ verbs }) => verbs))] }]
  })
}

/** What a request may change or connect to. Reads are left out. Empty for an operation whose path cannot be interpreted. */
export function placesTouched({ spec: { operation, rules = [] } }: Pick<AccessRequest, 'spec'>): readonly ResourceLocation[] {
  if (operation === undefined) return joined(rules.flatMap(ofRule))
  try {
    return ofOperation(operation)
  } catch {
    return []
  }
}

/** An agent may have chosen the words of a rule: none may lead to another path. */
const WORD = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/
const GROUP = /^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*)?$/

/** The path of the object or the collection, without a query. Undefined when the version is not known. */
export function pathOf({ group, version, resource, namespace, name }: Omit<ResourceLocation, 'verbs' | 'selectors'>): string | undefined {
  if (version === undefined || !WORD.test(resource) || !WORD.test(version) || !GROUP.test(group)) return undefined
  const below = namespace === '' ? '' : `/namespaces/${encodeURIComponent(namespace)}`
  return `${group === '' ? '/api' : `/apis/${group}`}/${version}${below}/${resource}${name === '' ? '' : `/${encodeURIComponent(name)}`}`
}

export const placeName = ({ group, resource, namespace, name }: ResourceLocation): string =>
  `${resource}${group === '' ? '' : `.${group}`} ${namespace === '' ? '' : `${namespace}/`}${name === '' ? '(every name)' : name}`
