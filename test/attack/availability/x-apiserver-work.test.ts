import type { ServerResponse } from 'node:http'
import { Writable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { applyConfig } from '../../../apiserver/fields/apply.ts'
import { fromFieldsV1 } from '../../../apiserver/fields/field-set.ts'
import { readManagers, writeManagers } from '../../../apiserver/fields/managers.ts'
import { kindsOf } from '../../../apiserver/kinds.ts'
import { listQuery } from '../../../apiserver/machinery/read/list-query.ts'
import { SEES_ALL } from '../../../apiserver/machinery/read/visibility.ts'
import { serveWatch } from '../../../apiserver/machinery/read/watch.ts'
import { openSqliteStore } from '../../../apiserver/storage/sqlite.ts'
import type { Json, JsonObject, Store } from '../../../apiserver/storage/port.ts'
import { grantOf, put, requestOf, serveApi, type Answer, type Served } from '../../apiserver/resources/served-api.ts'
import { AGENT, policy } from '../../domain/builders.ts'
import { costRatio } from '../../measure/processor-cost.ts'
import { until } from '../oracles/raw-client.ts'

/** X. What one agent can make jit-apiserver do. While it works for one, all others wait, and so does the discovery of the whole cluster. */
const START = Date.parse('2026-11-25T12:00:00Z')
const about = { owner: AGENT.username, policy: 'agents', namespaces: ['shop'] }
const spec = { rules: [{ verbs: ['get'], resources: ['pods'], namespaces: ['shop'] }] }

let read = 0
let store: Store
let api: Served
beforeEach(async () => {
  const sqlite = openSqliteStore(':memory:', START)
  read = 0
  store = {
    ...sqlite,
    list: async (...args) => {
      const page = await sqlite.list(...args)
      if (args[0] === 'accessrequests') read += page.sizes.reduce((sum, size) => sum + size, 0)
      return page
    },
  }
  api = await serveApi(START, store)
  await put(store, 'accesspolicies', policy('agents'))
  await put(store, 'accessgrants', grantOf('given', about))
})
afterEach(async () => {
  await api.close()
  await store.close()
})

/** The one object of the API that an agent may patch: its own grant, to give it up. */
const patch = (...body: readonly object[]): Promise<Answer> =>
  api.send(AGENT, 'PATCH accessgrants/given/revocation', { type: 'application/json-patch+json', body })
const create = (metadata: object): Promise<Answer> => api.send(AGENT, 'POST accessrequests?fieldValidation=Strict', { body: { metadata, spec } })

const labels = (count: number): object => Object.fromEntries(Array.from({ length: count }, (_, at) => [`!${at}`, '!']))

/** Lists of three in each other. */
const nested = (levels: number, leaf: number): Json => (levels === 0 ? leaf : Array.from({ length: 3 }, () => nested(levels - 1, leaf)))

const fields = (owner: number, count: number): JsonObject => Object.fromEntries(Array.from({ length: count }, (_, at) => [`f:${owner}-${at}`, {}]))
const ownerOf = (at: number, fieldsV1: JsonObject): JsonObject => ({ manager: `m${at}`, operation: 'Update', fieldsType: 'FieldsV1', fieldsV1 })

/** Folds managers that own fields which nobody else owns, as an update does. */
const folds = (count: number, each: number) => (): void => {
  const entries = Array.from({ length: count }, (_, at) => ownerOf(at, { 'f:own': fields(at, each) }))
  const managers = readManagers(entries) ?? new Map()
  expect(managers.size).toBe(count)
  expect(writeManagers(managers, managers, '').length).toBe(Math.min(count, 10))
}

/** Requests of the agent of 50 KB each. */
async function fill(count: number): Promise<void> {
  const annotations = { note: 'x'.repeat(50_000) }
  for (let at = 0; at < count; at++) {
    const made = requestOf(`request-${at}`, about)
    await put(store, 'accessrequests', { ...made, metadata: { ...made.metadata, annotations } })
  }
}

describe('X. what one agent can make jit-apiserver do', () => {
  it('X460 a patch that copies a field into itself does not double the memory with each operation', async () => {
    const copies = Array.from({ length: 20 }, (_, at) => ({ op: 'copy', from: '/spec/x', path: `/spec/x/${at}` }))
    const { code, body } = await patch({ op: 'add', path: '/spec/x', value: { a: 'b' } }, ...copies)
    expect([code, body['reason']]).toEqual([413, 'RequestEntityTooLarge'])
  })

  it('X461 a patch that compares nested lists costs about as much as one that does not', async () => {
    const of = (value: Json) => async () =>
      expect((await patch({ op: 'add', path: '/spec/x', value: nested(5, 1) }, { op: 'test', path: '/spec/x', value })).code).toBe(422)
    expect(await costRatio(of(nested(5, 2)), of(1), 3)).toBeLessThan(8)
  })

  it('X485 many managers that own many fields cost about as much as the same fields of one manager', async () => {
    expect(await costRatio(folds(300, 32), folds(1, 9_600), 3)).toBeLessThan(6)
  })

  it('X486 the copies of a patch add no million of values', async () => {
    const value = Object.fromEntries(Array.from({ length: 1_000 }, (_, at) => [`${at}`, {}]))
    const copies = Array.from({ length: 30 }, (_, at) => ({ op: 'copy', from: '/spec/x', path: `/spec/x${at}` }))
    const { code, text } = await patch({ op: 'add', path: '/spec/x', value }, ...copies)
    expect(code).toBe(413)
    expect(text).toContain('more than 50000 values')
  })

  it('X489 an apply of many fields to an object of many managers does not look at all of its fields for each of them', async () => {
    const config = { labels: Object.fromEntries(Array.from({ length: 3_000 }, (_, at) => [`l${at}`, 'x'])) }
    const schema = {
      type: 'object',
      description: '',
      properties: { labels: { type: 'object', description: '', additionalProperties: { type: 'string', description: '' } } },
    } as const
    const by = { manager: 'me', operation: 'Apply', subresource: '' } as const
    const of = (count: number) => (): Promise<void> => {
      const owned = Array.from({ length: count }, (_, at) => ({ ...by, manager: `m${at}`, set: fromFieldsV1({ 'f:labels': { [`f:o${at}`]: {} } }) }))
      const managers = new Map(owned.map((each) => [each.manager, { ...each, time: '' }] as const))
      applyConfig({ schema, live: {}, config, managers, by, force: true })
      return Promise.resolve()
    }
    expect(await costRatio(of(500), of(1), 3)).toBeLessThan(8)
  })

  it('X462 a body of many names is refused before it is parsed, and a refusal does not repeat all of them', async () => {
    expect((await create({ name: 'a', labels: labels(100_000) })).code).toBe(413)
    for (const metadata of [
      { name: 'a', labels: labels(20_000) },
      { name: 'a', annotations: labels(20_000) },
      { name: 'a', ...labels(20_000) },
    ]) {
      const { code, text } = await create(metadata)
      expect([400, 422]).toContain(code)
      expect(text.length).toBeLessThan(100_000)
      expect(text).toMatch(/and (1|3)99\d\d more/)
    }
  })

  it('X463 a long list is not written as YAML in lines, which takes fifty times as long', async () => {
    const yaml = { accept: 'application/yaml' }
    expect((await api.send(AGENT, 'GET accessgrants', yaml)).text).toMatch(/^kind: AccessGrantList\n/)
    await fill(4)
    const { headers, text } = await api.send(AGENT, 'GET accessrequests', yaml)
    expect(headers.get('content-type')).toBe('application/yaml')
    expect(JSON.parse(text)).toMatchObject({ kind: 'AccessRequestList' })
  })

  it('X464 a watch whose client does not read holds a small part of the objects in memory', async () => {
    await fill(60)
    const kind = kindsOf({ store, clock: api.clock, authorizer: { allowed: () => Promise.resolve(true) } }).kinds.find(
      ({ resource }) => resource === 'accessrequests',
    )
    if (kind === undefined) throw new Error('there is no such kind')
    // Takes no byte, like a connection whose client reads nothing.
    const stalled = Object.assign(new Writable({ write: () => undefined }), { writeHead: () => stalled, flushHeaders: () => undefined })
    const watched = serveWatch(
      stalled as unknown as ServerResponse,
      {
        store,
        shaping: { kind, format: { media: 'application/json', as: 'Object' }, include: 'Metadata', nowMs: START },
        query: listQuery(new URLSearchParams('watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan')),
        visibility: SEES_ALL,
        currentVisibility: () => Promise.resolve(SEES_ALL),
        nowMs: () => START,
      },
      new AbortController().signal,
    )
    await until('it waits for its client', () => stalled.writableLength > 256 * 1024)
    stalled.destroy()
    await watched
    expect(read).toBeLessThan(60 * 50_000 * 0.4)
  })
})
