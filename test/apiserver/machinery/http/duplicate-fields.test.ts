import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { duplicateFields } from '../../../../apiserver/machinery/http/duplicate-fields.ts'
import { AGENT, policy } from '../../../domain/builders.ts'
import { put, serveApi, type Served } from '../../resources/served-api.ts'

describe('duplicate fields of a JSON text', () => {
  it.each<readonly [string, readonly string[]]>([
    ['{"a":1,"a":2}', ['a']],
    ['{"a":{"b":1,"b":2,"b":3},"c":{"b":1}}', ['a.b']],
    ['{"a":[{"b":1},{"b":1,"c":{},"b":2}]}', ['a[1].b']],
    ['{"a":[{}],"b":1,"b":2}', ['b']],
    ['{"a":1,"\\u0061":2}', ['a']],
    ['{"a":"b\\":{","b":"{\\"a\\":1,\\"a\\":2}"}', []],
    ['[{"a":1},{"a":1}]', []],
    ['5', []],
  ])('%s', (text, found) => expect(duplicateFields(text)).toEqual(found))

  it('are at most twenty, with short names', () => {
    const fields = Array.from({ length: 40 }, (_, at) => `"f${at}":1,"f${at}":2`).join(',')
    const found = duplicateFields(`{"${'n'.repeat(1000)}":{${fields}}}`)
    expect([found.length, found[0]]).toEqual([20, `${'n'.repeat(64)}.f0`])
  })

  it('are none in what JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(duplicateFields(JSON.stringify(value))).toEqual([])
      }),
    )
  })
})

describe('a body that has a field twice', () => {
  let api: Served
  beforeEach(async () => {
    api = await serveApi(Date.parse('2026-11-25T12:00:00Z'))
    await put(api.store, 'accesspolicies', policy('agents'))
  })
  afterEach(() => api.close())

  const create = (validation: string): Promise<Response> =>
    fetch(api.url(`accessrequests?dryRun=All&fieldValidation=${validation}`), {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-caller': JSON.stringify(AGENT) },
      body: '{"metadata":{"name":"a"},"spec":{"reason":"one","reason":"two","rules":[{"verbs":["get"],"resources":["pods"],"namespaces":["shop"]}]}}',
    })

  it('is refused if fieldValidation is Strict', async () => {
    const answer = await create('Strict')
    expect(answer.status).toBe(400)
    expect(await answer.text()).toContain('strict decoding error: duplicate field \\"spec.reason\\"')
  })
  it.each(['merge-patch+json', 'apply-patch+yaml'])('is refused also as a patch: %s', async (type) => {
    const patched = await fetch(api.url('accesspolicies/agents?dryRun=All&fieldValidation=Strict&fieldManager=me'), {
      method: 'PATCH',
      headers: {
        'content-type': `application/${type}`,
        'x-caller': JSON.stringify({ ...AGENT, groups: ['system:masters'], username: 'admin' }),
      },
      body: '{"spec":{"mode":"Enforce","mode":"Shadow"}}',
    })
    expect(patched.status).toBe(400)
    expect(await patched.text()).toContain('duplicate field \\"spec.mode\\"')
  })
  it('is refused also if it replaces an object', async () => {
    const sent = JSON.stringify(policy('agents')).replace('"spec":{', '"spec":{"mode":"Shadow","mode":"Enforce",')
    const caller = JSON.stringify({ ...AGENT, groups: ['system:masters'], username: 'admin' })
    const headers = { 'content-type': 'application/json', 'x-caller': caller }
    const replaced = await fetch(api.url('accesspolicies/agents?dryRun=All&fieldValidation=Strict'), { method: 'PUT', headers, body: sent })
    expect([replaced.status, await replaced.text()]).toEqual([400, expect.stringContaining('duplicate field')])
  })
  it('brings a warning if it is Warn, and nothing if it is Ignore; the last counts', async () => {
    const warned = await create('Warn')
    expect([warned.status, warned.headers.get('warning')]).toEqual([201, '299 - "duplicate field \\"spec.reason\\""'])
    expect(await warned.json()).toMatchObject({ spec: { reason: 'two' } })
    expect((await create('Ignore')).headers.get('warning')).toBeNull()
  })
})
