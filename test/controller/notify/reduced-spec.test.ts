import { expect, it } from 'vitest'
import { asksOf } from '../../../controller/notify/messages/asks.ts'
import { shown } from '../../../controller/notify/messages/shown.ts'
import { reducedRequest } from '../../../controller/notify/reduce.ts'
import type { AccessRequest } from '../../../domain/api/access-request.ts'

const long = (length: number): string => 'abcdefgh '.repeat(length / 9)
const names = (count: number, length: number): readonly string[] => Array.from({ length: count }, (_, index) => `${index}-${'n'.repeat(length)}`)
const rule = (count: number, length: number) => ({ verbs: ['get'], resources: ['pods'], namespaces: ['shop'], resourceNames: names(count, length) })
const requestOf = (spec: Partial<AccessRequest['spec']>): AccessRequest => ({
  apiVersion: 'jit.access/v1',
  kind: 'AccessRequest',
  metadata: { name: 'a' },
  spec: { requester: { username: 'mallory', groups: names(500, 100) }, policy: 'p', ...spec },
  status: {
    reviews: [{ reviewer: { username: 'ann', groups: names(500, 100) }, decision: 'Approved', time: '2026-11-25T12:00:00Z' }],
    conditions: [{ type: 'Denied', status: 'True', message: long(32_000) }],
  },
})
/** What the messages show of a spec. */
const words = ({ spec, status }: AccessRequest) => [
  shown(asksOf(spec), 400),
  shown(spec.reason ?? '', 600),
  shown([spec.agent?.name, spec.agent?.task].join(': '), 300),
  spec.requester?.username,
  shown(status?.conditions?.[0]?.message ?? '', 400),
  status?.reviews?.map(({ reviewer }) => reviewer.username),
]

it.each([
  ['short', requestOf({ rules: [rule(2, 3)], reason: 'why', agent: { name: 'x', task: 'y' } })],
  ['many short names', requestOf({ rules: [rule(64, 1)] })],
  [
    'as long as it can be',
    requestOf({ rules: Array.from({ length: 4 }, () => rule(64, 240)), reason: long(4000), agent: { name: 'x', task: long(4000) } }),
  ],
  ['of many rules', requestOf({ rules: Array.from({ length: 32 }, () => rule(3, 30)) })],
  ['of many short rules', requestOf({ rules: Array.from({ length: 32 }, () => rule(1, 1)) })],
])('the messages about a request that is %s show the same of what the controller keeps', (_, request) => {
  expect(words(reducedRequest(request))).toEqual(words(request))
})

it('what the controller keeps of a request is bounded, so that 5 000 fit into its memory', () => {
  const all = Array.from({ length: 32 }, () => ({ ...rule(64, 240), namespaces: names(64, 50) }))
  const kept = reducedRequest(requestOf({ rules: all, reason: long(4000), agent: { task: long(4000) } }))
  expect(JSON.stringify(kept).length * 5000).toBeLessThan(128 * 1024 * 1024)
})
