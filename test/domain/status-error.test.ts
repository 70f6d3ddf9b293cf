import { expect, it } from 'vitest'
import { saysAbsent, StatusError } from '../../domain/status-error.ts'
import { statusErrorOf } from '../../kube/client.ts'

const OBJECT = { resource: 'accessgrants', name: 'g1' }
const status = (details: object): string =>
  JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', message: 'not found', reason: 'NotFound', details, code: 404 })

it.each([
  ['a Status that names the object', statusErrorOf(404, status({ name: 'g1', group: 'jit.access', kind: 'accessgrants' })), true],
  ['a Status about another object', statusErrorOf(404, status({ name: 'g2', group: 'jit.access', kind: 'accessgrants' })), false],
  ['a Status about an object of another kind', statusErrorOf(404, status({ name: 'g1', kind: 'namespaces' })), false],
  ['the Status of kube-apiserver for a resource that it does not serve', statusErrorOf(404, status({})), false],
  ['the text of kube-apiserver for a group that it does not serve', statusErrorOf(404, '404 page not found\n'), false],
  ['the page of a proxy', statusErrorOf(404, '<html>not here</html>'), false],
  ['another reason', new StatusError('Forbidden', 'no', { code: 404, details: { name: 'g1', kind: 'accessgrants' } }), false],
  ['another error', new Error('not found'), false],
])('%s', (_what, error, expected) => expect(saysAbsent(error, OBJECT)).toBe(expected))
