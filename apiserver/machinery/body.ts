import type { IncomingMessage } from 'node:http'
import { parseAllDocuments } from 'yaml'
import { StatusError } from '../../domain/status-error.ts'
import type { Json, JsonObject } from '../storage/port.ts'

/** kube-apiserver's MaxRequestBodyBytes. */
const BODY_LIMIT = 3 * 1024 * 1024

/** Reads a whole body. @throws StatusError RequestEntityTooLarge, before more than the limit is held */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > BODY_LIMIT) throw new StatusError('RequestEntityTooLarge', `Request entity too large: limit is ${BODY_LIMIT}`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

export const mediaTypeOf = (header: string | undefined): string => (header ?? '').split(';')[0]?.trim().toLowerCase() ?? ''

/**
 * JSON or YAML into plain data. YAML aliases are not expanded, so that a small body stays small; duplicate keys are errors in
 * YAML and the last one wins in JSON.
 */
export function decode(body: Buffer, mediaType: string): Json {
  const text = new TextDecoder('utf-8', { fatal: false }).decode(body)
  try {
    if (mediaType.endsWith('yaml')) {
      const documents = parseAllDocuments(text)
      const [document] = documents
      if (documents.length !== 1 || document === undefined || !('errors' in document)) throw new Error('one document is expected')
      if (document.errors[0] !== undefined) throw document.errors[0]
      return document.toJS({ maxAliasCount: 0 }) as Json
    }
    return JSON.parse(text) as Json
  } catch (error) {
    // The parser's words quote the body; only where it broke is told.
    const at = error instanceof SyntaxError ? (/position \d+/.exec(error.message)?.[0] ?? '') : ''
    throw new StatusError(
      'BadRequest',
      `the object provided is unreadable: not valid ${mediaType.endsWith('yaml') ? 'YAML' : 'JSON'}${at === '' ? '' : ` at ${at}`}`,
    )
  }
}

const OBJECT_TYPES: ReadonlySet<string> = new Set(['', 'application/json', 'application/yaml', 'application/x-www-form-urlencoded'])

/** The object in a body. Protobuf and CBOR are 415, as for CustomResourceDefinitions; an empty content type is JSON. */
export function decodeObject(body: Buffer, header: string | undefined): JsonObject {
  const mediaType = mediaTypeOf(header)
  if (!OBJECT_TYPES.has(mediaType)) {
    throw new StatusError(
      'UnsupportedMediaType',
      'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml',
    )
  }
  const value = decode(body, mediaType)
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new StatusError('BadRequest', 'the object provided is unreadable: an object is expected')
  return value as JsonObject
}
