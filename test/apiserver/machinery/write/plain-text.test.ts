import fc from 'fast-check'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { policy } from '../../../domain/builders.ts'
import { grantOf, put, requestOf, serveApi, user, type Served } from '../../resources/served-api.ts'

const START = Date.parse('2026-11-25T12:00:00Z')
const AGENT = user('agent')
const APPROVER = user('approver')
const RULE = { verbs: ['get'], resources: ['pods'], namespaces: ['shop'] }
const MERGE = 'application/merge-patch+json'
const UNSAFE = ['\n', '\t', '\u001b[31m', '\u202e', '\u200b', '\u2028', '\ue000', '\u{e0041}', '\u0378', 'a\ufe0f', '\u3164']

let api: Served
beforeEach(async () => {
  api = await serveApi(START)
  await put(api.store, 'accesspolicies', policy('agents', { subjects: [{ kind: 'User', name: 'agent' }] }))
  api.rights = () => true
})
afterEach(() => api.close())

const ask = (spec: object, metadata: object = {}) => ({
  body: { apiVersion: 'jit.access/v1', kind: 'AccessRequest', metadata: { name: 'ask', ...metadata }, spec: { rules: [RULE], ...spec } },
})
type Cause = { readonly field: string; readonly message: string }
const fieldsOf = (body: object): readonly string[] =>
  ((body as { details?: { causes?: readonly Cause[] } }).details?.causes ?? []).map(({ field }) => field)

const PLACES: { readonly [field: string]: (text: string) => ReturnType<typeof ask> } = {
  'spec.reason': (reason) => ask({ reason }),
  'spec.ticket': (ticket) => ask({ ticket }),
  'spec.agent.name': (name) => ask({ agent: { name } }),
  'spec.agent.model': (model) => ask({ agent: { model } }),
  'spec.agent.session': (session) => ask({ agent: { session } }),
  'spec.agent.task': (task) => ask({ agent: { task } }),
  'metadata.annotations.note': (note) => ask({}, { annotations: { note } }),
}

it.each(Object.keys(PLACES))('%s refuses text with invisible or deceptive characters and names the field', async (field) => {
  const make = PLACES[field]
  for (const text of UNSAFE) {
    const { code, body } = await api.send(AGENT, 'POST accessrequests', make?.(`before ${text} after`))
    expect([code, body['reason'], fieldsOf(body)]).toEqual([422, 'Invalid', [field]])
  }
  expect((await api.send(AGENT, 'POST accessrequests', make?.('Größe prüfen, 日本語 🚀 ❤️'))).code).toBe(201)
})

it('a stored request never contains an unsafe character', async () => {
  const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 8 }), fc.constantFrom(...UNSAFE), fc.constant('plain'))
  const spec = fc.record({ reason: text, ticket: text, cluster: text, agent: fc.record({ name: text, task: text }) }, { requiredKeys: [] })
  let made = 0
  await fc.assert(
    fc.asyncProperty(spec, async (given) => {
      api.clock.now += 3_600_000
      const name = `ask-${(made += 1)}`
      const { code } = await api.send(AGENT, 'POST accessrequests', ask(given, { name }))
      const stored = await api.store.get('accessrequests', name)
      expect(stored !== undefined).toBe(code === 201)
      const said = Object.values({ ...given, ...given.agent })
        .filter((value) => typeof value === 'string')
        .join('')
      if (code === 201) expect(/[\p{C}\p{Zl}\p{Zp}]/u.test(said)).toBe(false)
    }),
    { numRuns: 100 },
  )
})

const say = (type: string, said: object) => ({ body: { status: { conditions: [{ type, status: 'True', ...said }] } }, type: MERGE })

it('messages of approvers and revokers must be plain text, too', async () => {
  await put(api.store, 'accessrequests', requestOf('ask', { owner: 'agent', policy: 'agents', namespaces: ['shop'] }))
  await put(api.store, 'accessgrants', grantOf('ask', { owner: 'agent', policy: 'agents', namespaces: ['shop'] }))
  for (const said of [{ message: 'no\nStatus: Approved' }, { reason: 'No\u202e' }]) {
    const denied = await api.send(APPROVER, 'PATCH accessrequests/ask/approval', say('Denied', said))
    expect([denied.code, fieldsOf(denied.body)[0]]).toEqual([422, `status.conditions[0].${Object.keys(said)[0] ?? ''}`])
    const revoked = await api.send(APPROVER, 'PATCH accessgrants/ask/revocation', say('Revoked', said))
    expect([revoked.code, fieldsOf(revoked.body)]).toEqual([422, [`status.conditions[0].${Object.keys(said)[0] ?? ''}`]])
  }
  expect((await api.send(APPROVER, 'PATCH accessrequests/ask/approval', say('Denied', { message: 'not today' }))).code).toBe(200)
})

it('a request stored before the check existed can still be decided', async () => {
  const old = requestOf('old', { owner: 'agent', policy: 'agents', namespaces: ['shop'] })
  await put(api.store, 'accessrequests', { ...old, spec: { ...old.spec, reason: 'two\nlines' } })
  const body = { status: { conditions: [{ type: 'Denied', status: 'True', message: 'no' }] } }
  expect((await api.send(APPROVER, 'PATCH accessrequests/old/approval', { body, type: MERGE })).code).toBe(200)
})

it('accepts the annotation of kubectl apply, which ends with a line feed', async () => {
  const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': '{"kind":"AccessRequest"}\n' }
  expect((await api.send(AGENT, 'POST accessrequests', ask({}, { annotations }))).code).toBe(201)
})
