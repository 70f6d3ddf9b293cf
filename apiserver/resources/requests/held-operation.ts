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
 * Whether the rules ask for the named operation and nothing else. The webhook, which knows no digest, lets a grant cover all of its rules. The powers
 * that the write gives are not in its path, so they are not compared.
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
 * Operations that are held, and the names of their requests, come from the gateway alone: a name that somebody else could take beforehand would
 * keep an operation from being asked for. @throws StatusError Invalid
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
