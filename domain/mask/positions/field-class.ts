/**
 * What the name of a JSON field says about its value. STRUCTURAL values are never changed, whoever wrote a Secret with the same text:
 * they are the names by which objects, their parts and their states are known. Everything else is a VALUE position, where strong
 * values are masked.
 *
 * Structural, in objects of any kind and at any depth, custom resources too:
 *   - all names of fields; all numbers, truth values and null
 *   - an object's own `metadata` but for its labels and annotations; all of an entry of managedFields but what `v:` and `k:` quote
 *   - fields that say what something is or is called: kind, apiVersion, name, type, status, reason, image …, and those whose name ends in
 *     Name, Namespace, Kind, Version, Type, Class, Policy, Mode …
 *   - references and selectors with all that is below them: …Ref, …Reference, …Selector, selector, subjects, involvedObject, tolerations …
 *   - columns of a Table, and its cells under a column of format `name` or of one of these names
 * but for metadata and columns only when the text looks like a name or reference (reference-text.ts): a password with other characters
 * that stands under `name` is masked.
 *
 * Value positions on purpose, with all that is below them, whatever the fields there are named: data, binaryData, stringData, labels,
 * annotations, args, command, values, config, settings, options … (ConfigMaps, environment and arguments of containers, values of
 * charts). So are `value`, `message`, `description`, `path`, `url`, `key`, and every field that is in no table here. A field that is
 * named like a credential (password, apiKey) is never structural; `key` alone, and names that end in Ref, Selector or Name, are not
 * taken for one.
 */
import { isCredentialName } from '../match/credential-names.ts'

export const VALUE = 0
/** Structural when it looks like a name. */
export const NAME = 1
/** All below it is structural when it looks like a name. */
export const STRUCTURE = 2
/** All below it is value positions. */
export const FREE = 3
export const METADATA = 4
export const MANAGED_FIELDS = 5
export const FIELDS_V1 = 6
export const COLUMNS = 7
export const ROWS = 8
export const CELLS = 9
/** `object` of a watch event or a Table's row, `items` of a list. */
export const OBJECT = 10
/** An annotation that holds the object once more. */
export const COPY = 12
/** `template` of a ControllerRevision's data: an object of the API again. */
export const TEMPLATE = 13
/** `value`, which stands beside `name`. */
export const VALUE_OF_NAME = 14

export type FieldClass = number

export type Field = { readonly of: FieldClass; readonly credential: boolean }

const words = (text: string): string[] => text.trim().split(/\s+/)

/** Annotations that hold the object once more. */
const COPIES = ['kubectl.kubernetes.io/last-applied-configuration', 'kapp.k14s.io/original']
/** A name of another length is none of them. */
export const COPY_LENGTHS: ReadonlySet<number> = new Set(COPIES.map(({ length }) => length))

const exact = new Map<string, FieldClass>([
  ...words(`apiVersion kind name generateName namespace uid resourceVersion selfLink
    group groups version versions groupVersion resource resources resourceNames apiGroups apiGroup nonResourceURLs verb verbs subresource
    names singular plural singularName shortNames categories listKind storageVersionHash
    type status phase reason state scope effect operation manager fieldsType fieldPath component reportingComponent reportingController
    reportingInstance host hosts hostname subdomain address addresses port targetPort
    image imageID containerID finalizers accessModes topologyKey provisioner driver controller attacher handler architecture
    containers serviceAccount secretName configMapName currentRevision updateRevision revision systemUUID machineID bootID providerID`).map(
    (name): [string, FieldClass] => [name, NAME],
  ),
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
  // Named like a name, and a credential's half.
  ...words('userName loginName').map((name): [string, FieldClass] => [name, VALUE]),
])

/** By the last word of a name in camel case. */
const endings = new Map<string, FieldClass>([
  ...words(`Name Names Namespace Namespaces Kind Kinds Version Versions Group Groups Resource Resources Type Types Class Classes Policy Policies
    Mode Modes Phase State Status Reason Protocol Strategy Scope Revision Hostname Image`).map((name): [string, FieldClass] => [name, NAME]),
  ...words('Ref Refs Reference References Selector Selectors').map((name): [string, FieldClass] => [name, STRUCTURE]),
])
const LAST_WORD = /[A-Z][a-z]+$/
/** `secretKeyRef`, `credentialsSecretName`: where a credential is, and not one. */
const PLACES = /(?:Refs?|References?|Selectors?|Names?|Namespaces?)$/

export function fieldOf(name: string): Field {
  const credential = isCredentialName(name) && !PLACES.test(name)
  const of = exact.get(name) ?? (credential ? VALUE : (endings.get(LAST_WORD.exec(name)?.[0] ?? '') ?? VALUE))
  return { of, credential }
}
