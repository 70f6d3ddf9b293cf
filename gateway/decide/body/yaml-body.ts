import { readWritten } from '../../../domain/mask/restore.ts'
import { mediaType } from '../../../domain/media-type.ts'
import { StatusError } from '../../../domain/status-error.ts'
import { readYamlOf } from '../../../server/read-yaml.ts'
import type { ClassifiedRequest } from '../../steps.ts'

/** Parsing YAML takes about 10 ms per KB on a busy machine and blocks all other requests. JSON, which tools send, is not limited by this. */
const MAX_YAML_LENGTH = 16 * 1024

/** Of a key that comes twice the last counts, as upstream has it; comparing each with each would take quadratic time. */
const OPTIONS = { maxAliasCount: 100, uniqueKeys: false, logLevel: 'error' } as const

export function readYaml(text: string): unknown {
  if (text.length > MAX_YAML_LENGTH) throw new Error('too long to be read')
  return readYamlOf(text, OPTIONS)
}

const readOldYaml = (text: string): unknown => readYamlOf(text, { ...OPTIONS, version: '1.1' })

/** @throws StatusError RequestEntityTooLarge for YAML that takes too long to read */
export function refuseLongYaml(contentType: string | undefined, body: Buffer): void {
  if (body.length <= MAX_YAML_LENGTH || !mediaType(contentType).includes('yaml') || /^\s*[{[]/.test(body.toString('latin1', 0, 1024))) return
  const message = `a YAML body of more than ${MAX_YAML_LENGTH} bytes is not read: send it as JSON, which is YAML too`
  throw new StatusError('RequestEntityTooLarge', message)
}

/** Whether all numbers are what JSON can say exactly. Without recursion: how deep a body is, its writer chooses. */
function holdsExactNumbers(tree: unknown): boolean {
  const seen = new Set<unknown>()
  const open = [tree]
  while (open.length > 0) {
    const node = open.pop()
    if (typeof node === 'number' && !(Number.isInteger(node) ? Number.isSafeInteger(node) : Number.isFinite(node))) return false
    if (typeof node !== 'object' || node === null || seen.has(node)) continue
    seen.add(node)
    open.push(...Object.values(node))
  }
  return true
}

/** Breaks of a line to YAML 1.1, which kube-apiserver would fold where they stand in a text. */
const OTHER_BREAKS = /[\u0085\u2028\u2029]/g
const escaped = (sign: string): string => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`

/** The JSON of a YAML text, where YAML 1.1 and 1.2 agree on it. kube-apiserver reads something between the two. Undefined: they do not. */
function jsonOf(body: Buffer): string | undefined {
  const tree = readWritten(body, readYaml)
  const json = JSON.stringify(tree) as string | undefined
  if (json === undefined || !holdsExactNumbers(tree) || JSON.stringify(readWritten(body, readOldYaml)) !== json) return undefined
  return json.replaceAll(OTHER_BREAKS, escaped)
}

const isJson = (body: Buffer): boolean => {
  try {
    JSON.parse(body.toString('utf8'))
    return true
  } catch {
    return false
  }
}

/**
 * A YAML body as the JSON that was read of it, so that what is looked at is what kube-apiserver gets: to its parser a line may end, and a field
 * begin, where to ours a comment goes on. What is JSON, of another type, or a proxied server's stays as it is.
 * @throws StatusError BadRequest for YAML that could be read in two ways
 */
export function yamlBodyAsJson({ classified, headers, body }: Pick<ClassifiedRequest, 'classified' | 'headers' | 'body'>): Buffer {
  if (body.length === 0 || classified.info.subresource === 'proxy' || !mediaType(headers.get('content-type')).includes('yaml')) return body
  if (isJson(body)) return body
  const json = jsonOf(body)
  if (json !== undefined) return Buffer.from(json)
  const message =
    'the YAML of the body can be read in two ways, or holds a number that JSON cannot: write booleans as true and false, quote times and what is text, write file modes as decimal numbers, or send JSON'
  throw new StatusError('BadRequest', message)
}
