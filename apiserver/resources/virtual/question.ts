import type { IncomingMessage } from 'node:http'
import type { ObjectSchema } from '../../../domain/api/schema.ts'
import { StatusError } from '../../../domain/status-error.ts'
import { decodeObject, readBody } from '../../machinery/http/body.ts'
import type { Kind } from '../../machinery/kind.ts'
import { checkObject } from '../../machinery/object.ts'
import { readObject } from '../../machinery/write/read-object.ts'

/** A kind that is answered and not stored. */
export function question(names: Pick<Kind, 'resource' | 'singular' | 'kind' | 'description'>, spec: ObjectSchema, status: ObjectSchema): Kind {
  const never = (): never => {
    throw new StatusError('MethodNotAllowed', `a ${names.kind} is answered and not stored`)
  }
  return {
    ...names,
    shortNames: [],
    spec,
    status,
    verbs: ['create'],
    columns: [],
    fields: {},
    subresources: [],
    strategy: { create: never, update: never, validate: () => [], present: (object) => object },
  }
}

/** Reads and checks the spec of a review. It needs no name, since it is not stored. */
export async function specIn(request: IncomingMessage, kind: Kind): Promise<{ readonly [field: string]: unknown }> {
  const body = await readBody(request)
  const { object } = readObject(kind, body.length === 0 ? {} : decodeObject(body, request.headers['content-type']), 'Strict')
  checkObject(kind, { ...object, metadata: { ...object.metadata, name: object.metadata.name === '' ? 'question' : object.metadata.name } })
  return object.spec ?? {}
}
