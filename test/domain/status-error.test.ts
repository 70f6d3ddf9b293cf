import { expect, it } from 'vitest'
import { invalid, listFaults, MAX_FAULTS, saysAbsent, StatusError } from '../../domain/status-error.ts'
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

it('a refusal names the first faults, and says how many more there are', () => {
  const causes = Array.from({ length: MAX_FAULTS + 7 }, (_, at) => ({ reason: 'FieldValueInvalid' as const, field: `f${at}`, message: 'no' }))
  const { message, details } = invalid('AccessGrant', 'g1', causes)
  expect(details?.causes).toEqual(causes.slice(0, MAX_FAULTS))
  expect(message).toMatch(/f99: no, and 7 more\]$/)
  expect(listFaults(['a', 'b'])).toBe('a, b')
})

it('a message that repeats a body is cut', () => {
  const { message } = new StatusError('BadRequest', 'x'.repeat(1024 * 1024))
  expect(message).toMatch(/^x{262144}… \(cut\)$/)
  expect(new StatusError('BadRequest', 'x'.repeat(1000)).message).toHaveLength(1000)
})
