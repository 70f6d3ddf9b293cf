import type { IncomingMessage } from 'node:http'
import { parseAllDocuments } from 'yaml'
import { mediaType } from '../../../domain/media-type.ts'
import { StatusError } from '../../../domain/status-error.ts'
import { BodyTooLarge, readBounded } from '../../../kube/read-bounded.ts'
import { refuseComplexKeys } from '../../../server/read-yaml.ts'
import type { Json, JsonObject } from '../../storage/port.ts'
import { isDeeper } from '../../../domain/is-object.ts'
import { countValues } from './count-values.ts'

/** kube-apiserver's MaxRequestBodyBytes. */
export const BODY_LIMIT = 3 * 1024 * 1024

/** Characters of YAML that is not JSON. It is parsed at about 100 KB/s on a busy machine, which blocks other requests. Tools send JSON instead. */
const YAML_LIMIT = 16 * 1024

/** Maximum nesting depth of an object. The kinds need less than ten; without a limit a small body could exhaust the stack. */
export const DEPTH_LIMIT = 100

/**
 * Maximum number of values in an object. The largest policies have some thousand. Each is parsed, checked, compared and written several times, during
 * which other requests wait.
 */
export const VALUES_LIMIT = 25_000

/**
 * Reads a whole body. The connection stays open after a refusal, so that the client can read the response.
 * @throws StatusError RequestEntityTooLarge, before more than the limit is kept; BadRequest when the client aborted
 */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const tooLarge = (): StatusError => new StatusError('RequestEntityTooLarge', `Request entity too large: limit is ${BODY_LIMIT}`)
  if (Number(request.headers['content-length'] ?? 0) > BODY_LIMIT) throw tooLarge()
  try {
    return await readBounded(request.iterator({ destroyOnReturn: false }), BODY_LIMIT)
  } catch (error) {
    throw error instanceof BodyTooLarge ? tooLarge() : new StatusError('BadRequest', 'the request body is incomplete', { cause: error })
  }
}

/**
 * Parses JSON or YAML. YAML aliases are refused, so that a small body cannot expand. Duplicate keys are errors in YAML; in JSON the last
 * one wins. @throws StatusError BadRequest, RequestEntityTooLarge for what would take long to parse or check
 */
export function decode(body: Buffer, type: string): Json {
  if (countValues(body) > VALUES_LIMIT)
    throw new StatusError('RequestEntityTooLarge', `the object provided has more than ${VALUES_LIMIT} values: send less, or in several requests`)
  const value = parse(body, type)
  if (isDeeper(value, DEPTH_LIMIT)) throw new StatusError('BadRequest', `the object provided is unreadable: it nests deeper than ${DEPTH_LIMIT}`)
  return value
}

function parseYaml(text: string): Json {
  const [document, ...more] = parseAllDocuments(text)
  if (document === undefined || more.length > 0 || !('errors' in document)) throw new Error('one document is expected')
  if (document.errors[0] !== undefined) throw document.errors[0]
  refuseComplexKeys(document)
  return document.toJS({ maxAliasCount: 0 }) as Json
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

function parse(body: Buffer, type: string): Json {
  const text = new TextDecoder('utf-8', { fatal: false }).decode(body)
  const isYaml = type.endsWith('yaml') && !isJson(text)
  if (isYaml && text.length > YAML_LIMIT)
    throw new StatusError('RequestEntityTooLarge', `a YAML body may not be longer than ${YAML_LIMIT} characters: send it as JSON, which is also YAML`)
  try {
    return isYaml ? parseYaml(text) : (JSON.parse(text) as Json)
  } catch (error) {
    // The parser's message quotes the body, so only the position is passed on.
    const [at] = (error instanceof SyntaxError ? /position \d+/.exec(error.message) : null) ?? []
    const where = at === undefined ? '' : ` at ${at}`
    throw new StatusError('BadRequest', `the object provided is unreadable: not valid ${isYaml ? 'YAML' : 'JSON'}${where}`)
  }
}

/** Whether the configuration of an apply is JSON. kubectl sends JSON. */
export const isJsonApply = (body: Buffer): boolean => body.subarray(0, 64).toString('latin1').trimStart().startsWith('{')

/** The configuration of an apply: YAML or JSON. */
export const decodeApply = (body: Buffer): JsonObject => decodeObject(body, isJsonApply(body) ? 'application/json' : 'application/yaml')

const OBJECT_TYPES: ReadonlySet<string> = new Set(['', 'application/json', 'application/yaml', 'application/x-www-form-urlencoded'])

/** The object in a body. Protobuf and CBOR are refused with 415, as for custom resources. An empty content type means JSON. */
export function decodeObject(body: Buffer, header: string | undefined): JsonObject {
  const type = mediaType(header)
  if (!OBJECT_TYPES.has(type)) {
    throw new StatusError(
      'UnsupportedMediaType',
      'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml',
    )
  }
  const value = decode(body, type)
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new StatusError('BadRequest', 'the object provided is unreadable: an object is expected')
  return value as JsonObject
}
