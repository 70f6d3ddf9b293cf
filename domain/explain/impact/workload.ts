import { kindOfGain } from '../../api/gain.ts'
import { gainsOf } from '../../workload/gains.ts'
import { aroundPods, named } from './around-pods.ts'
import { pathOf, type ResourceLocation } from './locations.ts'
import { formatUnreadable, type ImpactReader } from './impact-reader.ts'
import { selectorText, type Labels, type Selector } from './selector-text.ts'

type Owner = { readonly kind: string; readonly name: string }
type Meta = { readonly name?: string; readonly labels?: Labels; readonly ownerReferences?: readonly Owner[] }
type Workload = {
  readonly metadata?: Meta
  readonly spec?: { readonly replicas?: number; readonly selector?: Selector; readonly template?: { readonly metadata?: Meta } }
  readonly status?: { readonly readyReplicas?: number; readonly desiredNumberScheduled?: number }
}
type Pods = {
  readonly metadata?: { readonly remainingItemCount?: number; readonly continue?: string }
  readonly items?: readonly { readonly metadata: Meta }[]
}

/** Resources whose selector names their pods. The selector of a ReplicationController is a map of labels. */
const SELECTING: ReadonlySet<string> = new Set(['deployments.apps', 'statefulsets.apps', 'daemonsets.apps', 'replicasets.apps', 'jobs.batch'])
const POD_LIKE: ReadonlySet<string> = new Set([...SELECTING, 'pods', 'cronjobs.batch', 'replicationcontrollers'])

const qualified = ({ group, resource }: ResourceLocation): string => `${resource}${group === '' ? '' : `.${group}`}`

/** Whether the object has pods or is one. */
export const isWorkload = (place: ResourceLocation): boolean => place.name !== '' && POD_LIKE.has(qualified(place))

/** Names of the Secrets that the pods of an object can see. Never their values. */
function secretsOf(object: unknown): readonly string[] {
  const gains = gainsOf(object, undefined)
  const names = gains.filter((one) => kindOfGain(one) === 'Secret').map((one) => (one.split('=')[1] ?? 'more than can be listed').split(':')[0] ?? '')
  return [...new Set(names)]
}

/** Who manages an object: a change of it may be undone, or its deletion may make another. */
const ownersOf = ({ ownerReferences = [] }: Meta): readonly string[] =>
  ownerReferences.length === 0 ? [] : [`owned by ${named(ownerReferences.map(({ kind, name }) => `${kind} ${name}`))}, which may undo a change of it`]

function replicasOf({ spec, status }: Workload): readonly string[] {
  const wanted = spec?.replicas ?? status?.desiredNumberScheduled
  if (wanted === undefined) return []
  return [`${wanted} ${wanted === 1 ? 'replica' : 'replicas'}${status?.readyReplicas === undefined ? '' : `, ${status.readyReplicas} ready`}`]
}

/** The number of objects in a page, and on the pages that follow. */
export function counted({ metadata, items = [] }: Pods): string {
  const { remainingItemCount = 0, continue: token = '' } = metadata ?? {}
  return `${items.length + remainingItemCount}${token !== '' && remainingItemCount === 0 ? ' or more' : ''}`
}

async function podsOf(reader: ImpactReader, place: ResourceLocation, selector: Selector): Promise<readonly string[]> {
  const text = selectorText(selector)
  const path = pathOf({ group: '', version: 'v1', resource: 'pods', namespace: place.namespace, name: '' })
  if (text === undefined || text === '' || path === undefined) return ['its pods could not be selected']
  const pods = await reader.read<Pods>(`${path}?${new URLSearchParams({ labelSelector: text, limit: '500' }).toString()}`, { metadataOnly: true })
  if (pods.is !== 'there') return [`its pods: ${formatUnreadable(pods)}`]
  const names = (pods.value.items ?? []).map(({ metadata }) => metadata.name ?? '?')
  return [names.length === 0 ? 'no pods now' : `${counted(pods.value)} ${names.length === 1 ? 'pod' : 'pods'} now: ${named(names)}`]
}

const labelsOf = ({ metadata, spec }: Workload, isPod: boolean): Labels => (isPod ? metadata : spec?.template?.metadata)?.labels ?? {}

function secretLine(object: Workload, isPod: boolean): string {
  const secrets = secretsOf(object)
  const whose = isPod ? 'it' : 'its pods'
  return secrets.length === 0 ? `${whose} can see no Secret` : `Secrets that ${whose} can see: ${named(secrets)}`
}

/** What depends on one workload or pod: replicas, pods, owners, PodDisruptionBudgets, Services and Secrets. */
export async function workloadImpact(reader: ImpactReader, place: ResourceLocation): Promise<readonly string[]> {
  const path = pathOf(place)
  if (path === undefined) return ['not examined: the version of this kind is not known']
  const reading = await reader.read<Workload>(path)
  if (reading.is !== 'there') return [formatUnreadable(reading)]
  const object = reading.value
  const isPod = place.resource === 'pods'
  const [pods, around] = await Promise.all([
    SELECTING.has(qualified(place)) ? podsOf(reader, place, object.spec?.selector ?? {}) : [],
    aroundPods(reader, place.namespace, labelsOf(object, isPod)),
  ])
  return [...replicasOf(object), ...pods, ...ownersOf(object.metadata ?? {}), ...around, secretLine(object, isPod)]
}
