import { randomInt, randomUUID } from 'node:crypto'
import type { CauseReason } from '../../domain/cause-reasons.ts'
import { type ObjectMeta, timestamp } from '../../domain/api/object-meta.ts'
import type { StatusCause } from '../../domain/status-error.ts'

/** Without vowels and lookalikes, as in apimachinery/pkg/util/rand. */
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789'
const GENERATED_LENGTH = 5
const PREFIX_LIMIT = 58

/** RFC 1123 subdomain. All names must match, so that they can be used in paths, labels and RBAC. */
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/

function generatedName(prefix: string): string {
  const suffix = Array.from({ length: GENERATED_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('')
  return `${prefix.slice(0, PREFIX_LIMIT)}${suffix}`
}

/** Metadata of a new object: keeps the fields that clients may set and sets the others. */
export function newMetadata(given: ObjectMeta, nowMs: number): ObjectMeta {
  const { generateName } = given
  return {
    name: given.name !== '' ? given.name : generatedName(generateName ?? ''),
    ...(generateName === undefined ? {} : { generateName }),
    ...ownPart(given),
    uid: randomUUID(),
    generation: 1,
    creationTimestamp: timestamp(nowMs),
  }
}

/** Client-settable metadata. Empty maps are dropped, as Go's omitempty does; otherwise `kubectl diff` would show `annotations: {}` as a change. */
function ownPart({ labels, annotations, finalizers, ownerReferences }: ObjectMeta): Partial<ObjectMeta> {
  const given = Object.entries({ labels, annotations, finalizers, ownerReferences })
  return Object.fromEntries(given.filter(([, value]) => value !== undefined && Object.keys(value).length > 0))
}

const STAMPED = ['generateName', 'uid', 'creationTimestamp', 'deletionTimestamp', 'deletionGracePeriodSeconds'] as const

/** Metadata of a changed object. Name, uid and times stay those of the old one; the generation increases when the spec changed. */
export function nextMetadata(given: ObjectMeta, old: ObjectMeta, specChanged: boolean): ObjectMeta {
  const stamped = Object.fromEntries(STAMPED.filter((field) => old[field] !== undefined).map((field) => [field, old[field]]))
  return { name: old.name, ...stamped, ...ownPart(given), generation: (old.generation ?? 1) + (specChanged ? 1 : 0) }
}

const ANNOTATIONS_LIMIT = 256 * 1024
/** Label keys and annotation keys: an optional DNS prefix and a name. */
const QUALIFIED = /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/
const LABEL_VALUE = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/

const cause = (reason: CauseReason, field: string, message: string): StatusCause => ({ reason, field: `metadata.${field}`, message })

function nameProblems({ name, generateName = '' }: ObjectMeta): readonly StatusCause[] {
  if (name === '') return generateName === '' ? [cause('FieldValueRequired', 'name', 'Required value: name or generateName is required')] : []
  if (name.length <= 253 && SUBDOMAIN.test(name)) return []
  const rule = 'a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, "-" or "."'
  return [cause('FieldValueInvalid', 'name', `Invalid value: ${rule}`)]
}

function keyProblems(field: string, map: { readonly [key: string]: string }): readonly StatusCause[] {
  return Object.keys(map)
    .filter((key) => !QUALIFIED.test(key))
    .map((key) => cause('FieldValueInvalid', field, `Invalid value: "${key.slice(0, 64)}": a qualified name is expected, such as "example.com/name"`))
}

function mapProblems({ labels = {}, annotations = {} }: ObjectMeta): readonly StatusCause[] {
  const size = Object.entries(annotations).reduce((sum, [key, value]) => sum + key.length + value.length, 0)
  return [
    ...keyProblems('labels', labels),
    ...Object.values(labels)
      .filter((value) => !LABEL_VALUE.test(value))
      .map((value) => cause('FieldValueInvalid', 'labels', `Invalid value: "${value.slice(0, 64)}": not a valid label value`)),
    ...keyProblems('annotations', annotations),
    ...(size > ANNOTATIONS_LIMIT ? [cause('FieldValueTooLong', 'annotations', `Too long: may not be more than ${ANNOTATIONS_LIMIT} bytes`)] : []),
  ]
}

/** Validation errors in an object's metadata. */
export function metadataProblems(metadata: ObjectMeta): readonly StatusCause[] {
  const controllers = (metadata.ownerReferences ?? []).filter(({ controller }) => controller === true)
  return [
    ...nameProblems(metadata),
    ...mapProblems(metadata),
    ...(controllers.length > 1
      ? [cause('FieldValueInvalid', 'ownerReferences', 'Invalid value: only one reference can have Controller set to true')]
      : []),
  ]
}
