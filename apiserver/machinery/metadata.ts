import { randomInt, randomUUID } from 'node:crypto'
import type { ObjectMeta } from '../../domain/object-meta.ts'
import type { StatusCause } from '../../domain/status-error.ts'

/** No vowels and no lookalikes: apimachinery/pkg/util/rand. */
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789'
const GENERATED_LENGTH = 5
const PREFIX_LIMIT = 58

/** RFC 1123 subdomain: what every name of ours is, so that it fits into paths, labels and RBAC. */
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/

export const timestamp = (nowMs: number): string => `${new Date(nowMs).toISOString().slice(0, 19)}Z`

function generatedName(prefix: string): string {
  const suffix = Array.from({ length: GENERATED_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('')
  return `${prefix.slice(0, PREFIX_LIMIT)}${suffix}`
}

/** Metadata of a new object: what the client may say is kept, the rest is stamped. */
export function newMetadata(given: ObjectMeta, nowMs: number): ObjectMeta {
  const { labels, annotations, finalizers, ownerReferences, generateName } = given
  return {
    name: given.name !== '' ? given.name : generatedName(generateName ?? ''),
    ...(generateName === undefined ? {} : { generateName }),
    ...(labels === undefined ? {} : { labels }),
    ...(annotations === undefined ? {} : { annotations }),
    ...(finalizers === undefined || finalizers.length === 0 ? {} : { finalizers }),
    ...(ownerReferences === undefined ? {} : { ownerReferences }),
    uid: randomUUID(),
    generation: 1,
    creationTimestamp: timestamp(nowMs),
  }
}

/** Metadata of a changed object: name, uid, times and generation stay those of the old one. */
export function nextMetadata(given: ObjectMeta, old: ObjectMeta, specChanged: boolean): ObjectMeta {
  const { labels, annotations, finalizers, ownerReferences } = given
  return {
    name: old.name,
    ...(old.generateName === undefined ? {} : { generateName: old.generateName }),
    ...(labels === undefined ? {} : { labels }),
    ...(annotations === undefined ? {} : { annotations }),
    ...(finalizers === undefined || finalizers.length === 0 ? {} : { finalizers }),
    ...(ownerReferences === undefined ? {} : { ownerReferences }),
    ...(old.uid === undefined ? {} : { uid: old.uid }),
    generation: (old.generation ?? 1) + (specChanged ? 1 : 0),
    ...(old.creationTimestamp === undefined ? {} : { creationTimestamp: old.creationTimestamp }),
    ...(old.deletionTimestamp === undefined ? {} : { deletionTimestamp: old.deletionTimestamp, deletionGracePeriodSeconds: 0 }),
  }
}

const ANNOTATIONS_LIMIT = 256 * 1024

export function metadataProblems(metadata: ObjectMeta): readonly StatusCause[] {
  const causes: StatusCause[] = []
  const add = (reason: string, field: string, message: string): void => void causes.push({ reason, field: `metadata.${field}`, message })
  if (metadata.name === '' && (metadata.generateName ?? '') === '')
    add('FieldValueRequired', 'name', 'Required value: name or generateName is required')
  else if (metadata.name !== '' && (metadata.name.length > 253 || !SUBDOMAIN.test(metadata.name))) {
    add('FieldValueInvalid', 'name', 'Invalid value: a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, "-" or "."')
  }
  for (const [field, map] of [
    ['labels', metadata.labels],
    ['annotations', metadata.annotations],
  ] as const) {
    for (const [key, value] of Object.entries(map ?? {}))
      if (typeof value !== 'string') add('FieldValueTypeInvalid', `${field}[${key}]`, 'Invalid value: must be of type string')
  }
  const size = Object.entries(metadata.annotations ?? {}).reduce((sum, [key, value]) => sum + key.length + String(value).length, 0)
  if (size > ANNOTATIONS_LIMIT) add('FieldValueTooLong', 'annotations', `Too long: may not be more than ${ANNOTATIONS_LIMIT} bytes`)
  if ((metadata.ownerReferences ?? []).filter(({ controller }) => controller === true).length > 1)
    add('FieldValueInvalid', 'ownerReferences', 'Invalid value: only one reference can have Controller set to true')
  return causes
}
