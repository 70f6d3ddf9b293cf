import { isDeepStrictEqual } from 'node:util'
import type { AccessRequest } from '../../../domain/api/access-request.ts'
import { KEY_NAME_PREFIX, nameOfKey } from '../../../domain/api/idempotency-key.ts'
import type { Identity } from '../../../domain/identity.ts'
import { invalid, StatusError, type StatusDetails } from '../../../domain/status-error.ts'
import { fromEntry } from '../../machinery/object.ts'
import type { Store } from '../../storage/port.ts'
import { asRequest } from '../typed.ts'

type Named = Pick<AccessRequest, 'metadata' | 'spec'>

/**
 * The name of a new request: for one with an idempotency key, the name of the key. Names of keys are reserved, since another requester could take
 * one in advance otherwise.
 * @throws StatusError Invalid when the request has another name than its key, or the name of a key without one
 */
export function requestName({ metadata, spec }: Named, { username }: Identity): string {
  const { name, generateName } = metadata
  const key = spec.idempotencyKey
  if (key === undefined) {
    if (!name.startsWith(KEY_NAME_PREFIX)) return name
    const message = `Forbidden: names that begin with "${KEY_NAME_PREFIX}" are reserved for requests with spec.idempotencyKey; choose another name`
    throw invalid('AccessRequest', name, [{ reason: 'FieldValueForbidden', field: 'metadata.name', message }])
  }
  const keyed = nameOfKey(username, key)
  // A name that the server generated begins like this; one that the client chose must be the right one.
  if (name === keyed || (generateName !== undefined && name.startsWith(generateName))) return keyed
  const message = `Invalid value: with spec.idempotencyKey the name must be "${keyed}"; or send metadata.generateName "${KEY_NAME_PREFIX}" and no name`
  throw invalid('AccessRequest', name, [{ reason: 'FieldValueInvalid', field: 'metadata.name', message }])
}

const detailsOf = (name: string): StatusDetails => ({ name, group: 'jit.access', kind: 'accessrequests' })

/** The groups and extra values of the requester may have changed since. Its name cannot: it is part of the name of the request. */
const asks = ({ spec }: AccessRequest): object => Object.fromEntries(Object.entries(spec).filter(([field]) => field !== 'requester'))

/**
 * Refuses a request whose key was used before. @throws StatusError AlreadyExists when the first request asks for the same, with its name; Conflict
 * when it asks for something else
 */
export async function refuseUsedKey(request: AccessRequest, store: Store): Promise<void> {
  if (request.spec.idempotencyKey === undefined) return
  const { name } = request.metadata
  const entry = await store.get('accessrequests', name)
  if (entry === undefined) return
  if (isDeepStrictEqual(asks(asRequest(fromEntry(entry))), asks(request)))
    throw new StatusError(
      'AlreadyExists',
      `accessrequests.jit.access "${name}" already exists: it has the same idempotencyKey and asks for the same`,
      { details: detailsOf(name) },
    )
  throw new StatusError(
    'Conflict',
    `Operation cannot be fulfilled on accessrequests.jit.access "${name}": its idempotencyKey was used for other access; choose another idempotencyKey`,
    {
      details: { ...detailsOf(name), causes: [{ reason: 'IdempotencyKeyReused', message: name, field: 'spec.idempotencyKey' }] },
    },
  )
}
