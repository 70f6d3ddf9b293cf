import { expect, it } from 'vitest'
import { inputOf, fieldsBeyondConditions } from '../../../../apiserver/resources/auto-approve/input.ts'
import type { AccessRequest } from '../../../../domain/api/access-request.ts'
import { LOGS } from './auto-approve-rules.ts'

const requestOf = (spec: object): AccessRequest => ({
  apiVersion: 'jit.access/v1',
  kind: 'AccessRequest',
  metadata: { name: 'a' },
  spec: { rules: [LOGS], durationSeconds: 60, requester: { username: 'oidc:agent' }, ...spec },
})
const operation = (path: string) => ({ operation: { method: 'POST', path, digest: 'a'.repeat(64) } })

it.each([
  [{}, []],
  [{ reason: 'x', ticket: 'T', cluster: 'c', agent: { name: 'bot' }, idempotencyKey: 'k', maxUses: 1, reveal: [] }, []],
  [{ breakGlass: false }, []],
  [{ breakGlass: true }, ['breakGlass']],
  [{ somethingNew: { of: 'a later version' } }, ['somethingNew']],
  [operation('/api/v1/namespaces/shop/pods/web/exec?command=ls'), []],
  [operation('/api/v1/namespaces/shop/pods/web/exec?command=sh&command=-c&command=echo+sk-[jit.access/masked]'), ['operation.path']],
  [operation('/api/v1/namespaces/shop/pods/web/exec?command=echo&command=[masked: secret shop/db key password]'), ['operation.path']],
])('%j has the fields %j, which no condition sees', (spec, unseen) => expect(fieldsBeyondConditions(requestOf(spec))).toEqual(unseen))

it.each([
  ['/api/v1/namespaces/shop/pods/web/exec?command=ls&command=-l&container=c', ['ls', '-l']],
  ['/api/v1/namespaces/shop/pods/web/exec?command=sh&command=-c&command=a%3Fb%26c', ['sh', '-c', 'a?b&c']],
  ['/api/v1/namespaces/shop/pods/web', []],
])('the command of %s is %j', (path, command) =>
  expect(inputOf(requestOf(operation(path)), { risk: 'High', nowMs: 0 }).operation).toEqual({
    method: 'POST',
    path,
    summary: '',
    dryRun: '',
    command,
  }),
)
