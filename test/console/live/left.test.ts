import { EventEmitter } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Request, Response } from 'express'
import { Registry } from 'prom-client'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createLiveInbox, type LiveInbox } from '../../../console/live/live-inbox.ts'
import { consoleMetrics } from '../../../console/metrics.ts'
import type { CookieKeys } from '../../../console/session/cookie-keys.ts'
import { continued, newSession, sealSession, SESSION_COOKIE } from '../../../console/session/session.ts'
import type { KubeCall, KubeClient } from '../../../kube/client.ts'
import { createFairLimit } from '../../../server/fair-limit.ts'
import { createLog } from '../../../server/log.ts'
import { ALICE, LIMITS, newKeys } from '../console-fixture.ts'

const NOW = Date.parse('2026-01-01T00:00:00Z')
const clock = { nowMs: () => NOW }
let dir: string
let keys: CookieKeys
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'jit-live-'))
  keys = await newKeys(dir)
})
afterAll(() => rm(dir, { recursive: true, force: true }))

/** An inbox whose watches never end by themselves. */
function inbox(): { readonly live: LiveInbox; readonly watches: AbortSignal[]; readonly groups: unknown[]; readonly registry: Registry } {
  const watches: AbortSignal[] = []
  const groups: unknown[] = []
  const raw = ({ signal, headers }: KubeCall): Promise<never> =>
    new Promise((_, reject) => {
      if (signal === undefined) return
      watches.push(signal)
      groups.push(headers?.['impersonate-group'])
      signal.addEventListener('abort', () => reject(new Error('stopped')))
    })
  const client = { raw, json: () => Promise.resolve({ items: [] }) } as unknown as KubeClient
  const registry = new Registry()
  const context = { client, clock, limits: LIMITS, keys: () => keys, url: '', log: createLog({ part: 'console', clock, write: () => undefined }) }
  const live = createLiveInbox({ ...context, metrics: consoleMetrics(registry) } as never, { lists: createFairLimit(1) })
  return { live, watches, groups, registry }
}

type Browsing = { readonly request: Request; readonly response: Response; readonly leave: () => void }
async function browser({ destroyed = false, session = newSession(ALICE, NOW) } = {}): Promise<Browsing> {
  const cookie = `${SESSION_COOKIE}=${await sealSession(keys, session, LIMITS)}`
  const state = { destroyed, writableEnded: false, writableNeedDrain: false, write: () => true, end: () => undefined, destroy: () => undefined }
  const response = Object.assign(new EventEmitter(), state, { status: () => response, set: () => response }) as unknown as Response
  const leave = (): void => {
    Object.assign(response, { destroyed: true })
    response.emit('close')
  }
  return { request: { headers: { cookie } } as Request, response, leave }
}

it('a browser that has left before its stream begins has none', async () => {
  const { live, watches, registry } = inbox()
  const { request, response } = await browser({ destroyed: true })
  await live.serve(request, response)
  expect(watches).toEqual([])
  expect(await registry.metrics()).not.toMatch(/streams\w* 1$/m)
})
it('a user with many sessions, one after another, holds few watches', async () => {
  const { live, watches } = inbox()
  for (let count = 0; count < 40; count += 1) {
    const { request, response, leave } = await browser()
    await live.serve(request, response)
    leave()
  }
  await expect.poll(() => watches.length).toBeGreaterThan(0)
  expect(watches.filter(({ aborted }) => !aborted).length).toBeLessThanOrEqual(6)
})
it('a session that goes on with other groups reads with these, and ends with all that it reads', async () => {
  const { live, watches, groups } = inbox()
  const before = newSession(ALICE, NOW)
  const now = continued(before, { ...ALICE, groups: ['oidc:interns'] }, NOW)
  for (const session of [before, now, now]) {
    const { request, response } = await browser({ session })
    await live.serve(request, response)
  }
  await expect.poll(() => groups).toEqual([ALICE.groups, ['oidc:interns']])
  live.signedOut(now)
  expect(watches.map(({ aborted }) => aborted)).toEqual([true, true])
})
