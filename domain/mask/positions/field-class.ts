/**
 * Classifies the value of a JSON field by the field name. STRUCTURAL values are never changed, even if a Secret contains the same text:
 * they name objects, their parts and their states. Everything else is a VALUE position, where strong values are masked.
 *
 * Structural, in objects of any kind and at any depth, including custom resources:
 *   - all field names; all numbers, booleans and null
 *   - an object's own `metadata`, except its labels and annotations; all of a managedFields entry except what `v:` and `k:` quote
 *   - fields that say what something is or is called: kind, apiVersion, name, type, status, reason, image …, and fields whose name ends in
 *     Name, Namespace, Kind, Version, Type, Class, Policy, Mode …
 *   - references and selectors, with everything below them: …Ref, …Reference, …Selector, selector, subjects, involvedObject, tolerations …
 *   - columns of a Table, and its cells in a column with format `name` or with one of these names
 * Except in metadata and columns, only text that looks like a name or reference is structural (reference-text.ts): a password with other
 * characters in a field `name` is masked.
 *
 * Value positions by design, with everything below them, whatever the field names there: data, binaryData, stringData, labels, annotations,
 * args, command, values, config, settings, options … (ConfigMaps, environment and arguments of containers, chart values). So are `value`,
 * `message`, `description`, `path`, `url`, `key`, and every field that is in no table here. A field with the name of a credential
 * (password, apiKey) is never structural. `key` alone, and names that end in Ref, Selector or Name, do not count as names of credentials.
 */
import { isCredentialName } from '../match/credential-names.ts'

export const VALUE = 0
/** Structural if it looks like a name. */
export const NAME = 1
/** Everything below it is structural if it looks like a name. */
export const STRUCTURE = 2
/** Everything below it is a value position. */
export const FREE = 3
export const METADATA = 4
export const MANAGED_FIELDS = 5
export const FIELDS_V1 = 6
export const COLUMNS = 7
export const ROWS = 8
export const CELLS = 9
/** `object` of a watch event or a Table row, `items` of a list. */
export const OBJECT = 10
/** An annotation that contains a copy of the object. */
export const COPY = 12
/** `template` in the data of a ControllerRevision: an API object again. */
export const TEMPLATE = 13
/** `value`, next to a sibling `name`. */
export const VALUE_OF_NAME = 14

export type FieldClass = number

export type ClassifiedField = { readonly of: FieldClass; readonly credential: boolean }

const words = (text: string): string[] => text.trim().split(/\s+/)

/** Annotations that contain a copy of the object. */
const COPIES = ['kubectl.kubernetes.io/last-applied-configuration', 'kapp.k14s.io/original']
/** Their lengths, which rule out most names without a comparison. */
export const COPY_LENGTHS: ReadonlySet<number> = new Set(COPIES.map(({ length }) => length))

const exact = new Map<string, FieldClass>([
  ...words(`apiVersion kind name generateName namespace uid resourceVersion selfLink
    group groups version versions groupVersion resource resources resourceNames apiGroups apiGroup nonResourceURLs verb verbs subresource
    names singular plural singularName shortNames categories listKind storageVersionHash
    type status phase reason state scope effect operation manager fieldsType fieldPath component reportingComponent reportingController
    reportingInstance host hosts hostname subdomain address addresses port targetPort
    image imageID containerID finalizers accessModes topologyKey provisioner driver controller attacher handler architecture
    containers serviceAccount secretName configMapName currentRevision updateRevision revision systemUUID machineID bootID providerID
    continue`).map((name): [string, FieldClass] => [name, NAME]),
  ...words(`selector matchLabels matchExpressions matchFields matchConditions tolerations taints subjects involvedObject regarding related nodeInfo
    ownerReferences`).map((name): [string, FieldClass] => [name, STRUCTURE]),
  ...words(`data binaryData stringData labels annotations args command values valuesObject config configuration settings options extra`).map(
    (name): [string, FieldClass] => [name, FREE],
  ),
  ['metadata', METADATA],
  ['managedFields', MANAGED_FIELDS],
  ['fieldsV1', FIELDS_V1],
  ['columnDefinitions', COLUMNS],
  ['rows', ROWS],
  ['cells', CELLS],
  ['object', OBJECT],
  ['items', OBJECT],
  ['template', TEMPLATE],
  ['value', VALUE_OF_NAME],
  ...COPIES.map((name): [string, FieldClass] => [name, COPY]),
  // Look like names, but are half of a credential.
  ...words('userName loginName').map((name): [string, FieldClass] => [name, VALUE]),
])

/** Indexed by the last word of a camel case name. */
const endings = new Map<string, FieldClass>([
  ...words(`Name Names Namespace Namespaces Kind Kinds Version Versions Group Groups Resource Resources Type Types Class Classes Policy Policies
    Mode Modes Phase State Status Reason Protocol Strategy Scope Revision Hostname Image`).map((name): [string, FieldClass] => [name, NAME]),
  ...words('Ref Refs Reference References Selector Selectors').map((name): [string, FieldClass] => [name, STRUCTURE]),
])
const LAST_WORD = /[A-Z][a-z]+$/
/** `secretKeyRef`, `credentialsSecretName`: where a credential is, not the credential itself. */
const PLACES = /(?:Refs?|References?|Selectors?|Names?|Namespaces?)$/

export function fieldOf(name: string): ClassifiedField {
  const credential = isCredentialName(name) && !PLACES.test(name)
  const of = exact.get(name) ?? (credential ? VALUE : (endings.get(LAST_WORD.exec(name)?.[0] ?? '') ?? VALUE))
  return { of, credential }
}
