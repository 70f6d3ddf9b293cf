import type { AccessRequest } from '../../domain/access-request.ts'
import type { Identity } from '../../domain/identity.ts'
import { HOLD_NAME_PREFIX } from '../../domain/names.ts'
import { invalid } from '../../domain/status-error.ts'
import { filedByGateway } from './requester.ts'

/**
 * Operations that are held, and the names of their requests, come from the gateway alone: a name that somebody else could take beforehand would
 * keep an operation from being asked for. @throws StatusError Invalid
 */
export function checkHeldOperation({ metadata: { name }, spec }: AccessRequest, user: Identity): void {
  if (filedByGateway(user)) return
  if (spec.operation !== undefined)
    throw invalid('AccessRequest', name, [
      { reason: 'FieldValueForbidden', field: 'spec.operation', message: 'Forbidden: only the gateway names the operation that it holds' },
    ])
  if (name.startsWith(HOLD_NAME_PREFIX))
    throw invalid('AccessRequest', name, [
      {
        reason: 'FieldValueForbidden',
        field: 'metadata.name',
        message: `Forbidden: names that begin with "${HOLD_NAME_PREFIX}" belong to the gateway; choose another name`,
      },
    ])
}
