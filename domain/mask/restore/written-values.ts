/**
 * The values that a write sets in keys of a Secret, as far as its body contains them: an object, a merge patch, an applied configuration or
 * a JSON Patch. Values that the body takes from elsewhere (a placeholder, JSON Patch `copy` and `move`) are left out. Not read: protobuf.
 */
import { mediaType } from '../../media-type.ts'
import { isPlaceholder } from '../secret/placeholders.ts'
import { readWritten } from './unambiguous-json.ts'
import { isObject } from '../../is-object.ts'

export type WrittenValues = {
  /** `metadata.name` and `metadata.generateName` of the body; empty if absent. */
  readonly name: string
  readonly generateName: string
  readonly values: ReadonlyMap<string, Buffer>
}

type Fields = { readonly [name: string]: unknown }

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

/** `parseYaml` is used for bodies with a YAML content type, and may throw. Returns no values if the body is ambiguous. */
export function writtenValues(write: {
  readonly contentType: string | undefined
  readonly body: Buffer
  readonly parseYaml: (text: string) => unknown
}): WrittenValues {
  const yaml = mediaType(write.contentType).includes('yaml')
  const tree = readWritten(write.body, yaml ? write.parseYaml : undefined)
  const fields = Array.isArray(tree) ? fieldsOfPatch(tree as unknown[]) : tree
  if (!isObject(fields)) return { name: '', generateName: '', values: new Map() }
  const metadata = isObject(fields['metadata']) ? fields['metadata'] : {}
  return { name: textOf(metadata['name']), generateName: textOf(metadata['generateName']), values: valuesOf(fields) }
}

/** `stringData` overrides `data`, as in kube-apiserver. */
function valuesOf({ data, stringData }: Fields): ReadonlyMap<string, Buffer> {
  const values = new Map<string, Buffer>()
  for (const [key, value] of Object.entries(isObject(data) ? data : {})) {
    const bytes = Buffer.from(textOf(value), 'base64')
    if (bytes.length > 0 && !isPlaceholder(bytes.toString('latin1'))) values.set(key, bytes)
  }
  for (const [key, value] of Object.entries(isObject(stringData) ? stringData : {})) {
    values.delete(key)
    if (textOf(value) !== '') values.set(key, Buffer.from(textOf(value)))
  }
  return values
}

/** The fields that the operations of a JSON Patch set, in the form of an object. */
function fieldsOfPatch(operations: readonly unknown[]): Fields {
  // A new object for each operation would take quadratic time.
  const fields = { data: new Map<string, unknown>(), stringData: new Map<string, unknown>() }
  for (const operation of operations) {
    if (!isObject(operation) || (operation['op'] !== 'add' && operation['op'] !== 'replace')) continue
    const [, field, key] = /^\/(data|stringData)(?:\/([^/]*))?$/.exec(textOf(operation['path'])) ?? []
    if (field !== 'data' && field !== 'stringData') continue
    const { value } = operation
    if (key === undefined) fields[field] = new Map(Object.entries(isObject(value) ? value : {}))
    else fields[field].set(key.replaceAll('~1', '/').replaceAll('~0', '~'), value)
  }
  return { data: Object.fromEntries(fields.data), stringData: Object.fromEntries(fields.stringData) }
}
