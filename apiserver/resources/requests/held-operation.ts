import { isDeepStrictEqual } from 'node:util'
import type { AccessRequest } from '../../../domain/api/access-request.ts'
import { classify } from '../../../domain/classify/classify.ts'
import { readRequest } from '../../../domain/classify/read-request.ts'
import { ruleFor } from '../../../domain/grant/access-request-command.ts'
import type { Identity } from '../../../domain/identity.ts'
import { HOLD_NAME_PREFIX } from '../../../domain/api/names.ts'
import { invalid } from '../../../domain/status-error.ts'
import { filedByGateway } from './requester.ts'

/**
 * Whether the rules ask exactly for the operation. The webhook cannot compute the digest, so there a grant covers everything in its rules.
 * Gains are not compared, since they are not in the path.
 */
function asksForItself({ operation, rules = [], reveal = [] }: AccessRequest['spec']): boolean {
  const [rule] = rules
  if (operation === undefined || rule === undefined || rules.length > 1 || reveal.length > 0) return false
  const [path = '', ...search] = operation.path.split('?')
  const info = readRequest(operation.method, path, new URLSearchParams(search.join('?')))
  const { gains: _, ...plain } = rule
  return info.isResourceRequest && isDeepStrictEqual(plain, ruleFor(classify(info)))
}

/**
 * Checks that only the gateway sets `operation` and uses the names of held requests. Otherwise another user could take such a name in advance
 * and prevent the request for an operation. @throws StatusError Invalid
 */
export function checkHeldOperation({ metadata: { name }, spec }: AccessRequest, user: Identity): void {
  if (filedByGateway(user) && spec.operation !== undefined) {
    if (asksForItself(spec)) return
    throw invalid('AccessRequest', name, [
      { reason: 'FieldValueInvalid', field: 'spec.rules', message: 'must be the one rule that covers spec.operation' },
    ])
  }
  if (spec.operation !== undefined)
    throw invalid('AccessRequest', name, [
      { reason: 'FieldValueForbidden', field: 'spec.operation', message: 'Forbidden: only the gateway may set the operation that it holds' },
    ])
  if (name.startsWith(HOLD_NAME_PREFIX))
    throw invalid('AccessRequest', name, [
      {
        reason: 'FieldValueForbidden',
        field: 'metadata.name',
        message: `Forbidden: names that begin with "${HOLD_NAME_PREFIX}" are reserved for the gateway; choose another name`,
      },
    ])
}
