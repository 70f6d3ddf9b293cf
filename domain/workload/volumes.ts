import { gain, type Gain } from '../api/gain.ts'
import { fieldsAt, isFields, itemsAt, textAt, type Fields } from './json-fields.ts'
import type { Powers } from './powers.ts'

/** Volume types that the restricted profile of the Pod Security Standards lists, and those with a check of their own. */
const PLAIN_TYPES: ReadonlySet<string> = new Set([
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'hostPath',
  'image',
  'persistentVolumeClaim',
  'projected',
  'secret',
])

/** A Secret as a whole, or each of its selected keys. */
function secretGains(name: string, picked: readonly Fields[], namespace = ''): readonly Gain[] {
  if (name === '') return []
  const whose = namespace === '' ? name : `${namespace}/${name}`
  return picked.length === 0 ? [gain('Secret', whose)] : picked.map((item) => gain('Secret', `${whose}:${textAt(item, 'key')}`))
}

export const secretKeyGain = (reference: Fields): readonly Gain[] => secretGains(textAt(reference, 'name'), [reference])
export const secretGain = (reference: Fields): readonly Gain[] => secretGains(textAt(reference, 'name'), [])

/** Each signer makes another credential: one of kubernetes.io is accepted by kube-apiserver. */
function certificateGains(certificate: unknown): readonly Gain[] {
  if (!isFields(certificate)) return []
  return ['pod certificate', `pod certificate ${textAt(certificate, 'signerName')}`].map((detail) => gain('ServiceAccountToken', detail))
}

function projectedGains(source: Fields): readonly Gain[] {
  return itemsAt(source, 'sources').flatMap((part) => {
    const secret = fieldsAt(part, 'secret')
    const token = part['serviceAccountToken']
    return [
      ...secretGains(textAt(secret, 'name'), itemsAt(secret, 'items')),
      ...(isFields(token) ? [gain('ServiceAccountToken', textAt(token, 'audience') || 'kube-apiserver')] : []),
      ...certificateGains(part['podCertificate']),
    ]
  })
}

const attributesOf = (source: Fields): readonly string[] =>
  Object.entries(fieldsAt(source, 'volumeAttributes')).map(([key, value]) => `${key}:${String(value)}`)

/** @param known attributes whose values are not shown. Optional. Defaults to none */
function csiGain(source: Fields, known: ReadonlySet<string> = new Set()): Gain {
  const attributes = attributesOf(source).map((each) => (known.has(each) ? `${each.slice(0, each.indexOf(':'))}:(as before)` : each))
  return gain('Volume', ['csi', textAt(source, 'driver'), ...attributes.toSorted()].join(' '))
}

/**
 * A gain as it is shown. A CSI volume is a gain as a whole, but shows only what the write sets: attributes that the object had may hold values that
 * its writer may not see.
 */
export function shownGain(one: Gain, now: Powers, before: Powers): Gain {
  const source = now.csi.get(one)
  return source === undefined ? one : csiGain(source, new Set([...before.csi.values()].flatMap(attributesOf)))
}

/** `secretRef`, `nodePublishSecretRef` and similar fields of any volume type, and `secretName` of azureFile. */
function referenceGains(source: Fields): readonly Gain[] {
  return Object.entries(source).flatMap(([key, value]) => {
    if (key === 'secretName' && typeof value === 'string') return secretGains(value, itemsAt(source, 'items'), textAt(source, 'secretNamespace'))
    return /secretRef$/i.test(key) && isFields(value) ? secretGains(textAt(value, 'name'), [], textAt(value, 'namespace')) : []
  })
}

/** A token for kube-apiserver. */
export const OWN_TOKEN = gain('ServiceAccountToken', 'kube-apiserver')
/** kube-apiserver adds a volume with such a name to every new pod that does not disable it. */
const MOUNTED_BY_ADMISSION = /^kube-api-access-[a-z0-9]{5}$/

/** Whether only volumes named as kube-apiserver names its own give the pod its token. */
export const mountsTokenAsAdmission = (volumes: readonly Fields[]): boolean =>
  volumes.every((each) => MOUNTED_BY_ADMISSION.test(textAt(each, 'name')) || !projectedGains(fieldsAt(each, 'projected')).includes(OWN_TOKEN))

const pathOf = (source: Fields): string => textAt(source, 'path')

/** The powers of a node that is a volume, whatever the name of its list. */
export function addVolumeSource(node: Fields, { given, csi: inline }: Powers): void {
  const { hostPath, secret, projected, csi } = node
  if (isFields(hostPath)) given.add(gain('HostPath', pathOf(hostPath)))
  if (isFields(secret)) for (const each of referenceGains(secret)) given.add(each)
  if (isFields(projected)) for (const each of projectedGains(projected)) given.add(each)
  if (!isFields(csi)) return
  const one = csiGain(csi)
  given.add(one)
  inline.set(one, csi)
}

/** Additional powers of an entry of `volumes`, or of the spec of a PersistentVolume: the less common types. */
export function addVolume(volume: Fields, { given, notRuledOut }: Powers): void {
  for (const [type, source] of Object.entries(volume)) {
    if (!isFields(source)) continue
    if (type === 'local') given.add(gain('HostPath', pathOf(source)))
    for (const each of referenceGains(source)) given.add(each)
    if (!PLAIN_TYPES.has(type)) notRuledOut.add(gain('Volume', type))
  }
}

/** The paths of the hostPath volumes of a pod, by the names of the volumes. */
export function hostPathsOf(pod: Fields): ReadonlyMap<unknown, string> {
  const paths = new Map<unknown, string>()
  for (const { name, hostPath } of itemsAt(pod, 'volumes')) if (isFields(hostPath) && !paths.has(name)) paths.set(name, pathOf(hostPath))
  return paths
}

/** The hostPath volumes that a container may write to. */
export function addWritablePaths(hostPaths: ReadonlyMap<unknown, string>, container: Fields, { given }: Powers): void {
  for (const { name, readOnly } of hostPaths.size === 0 ? [] : itemsAt(container, 'volumeMounts')) {
    const path = hostPaths.get(name)
    if (path !== undefined && readOnly !== true) given.add(gain('HostPath', `${path} (writable)`))
  }
}
