import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { AccessPolicy } from '../../../domain/api/access-policy.ts'
import { createLivePermits } from '../../../gateway/decide/stream-revocation.ts'
import type { Change } from '../../../kube/informer.ts'
import type { AccessSuspension } from '../../../domain/api/access-suspension.ts'

const policy = (name: string): AccessPolicy => ({
  apiVersion: 'jit.access/v1',
  kind: 'AccessPolicy',
  metadata: { name },
  spec: { subjects: [{ kind: 'Group', name }] },
})
const fail = (): never => {
  throw new Error('cannot be read')
}

function setup() {
  const view = { outdatedForMs: () => 0 }
  const listeners: ((change: Change<AccessPolicy>) => void)[] = []
  const stops: ((change: Change<AccessSuspension>) => void)[] = []
  const permits = createLivePermits(
    {
      grants: { get: () => undefined, subscribe: () => () => undefined },
      policies: { subscribe: (listener) => (listeners.push(listener), () => undefined) },
      suspensions: { subscribe: (listener) => (stops.push(listener), () => undefined) },
      view: { outdatedForMs: () => view.outdatedForMs() },
    },
    { nowMs: () => Date.now() },
  )
  const watch = (allowed: () => boolean): AbortSignal =>
    permits.watch({ grants: [], grantsExpireAtMs: Infinity, tokenExpiresAtMs: Date.now() + 3_600_000, allowed }).signal
  const change = (): void => {
    for (const listener of listeners) listener({ type: 'MODIFIED', object: policy('new'), old: policy('old') })
  }
  const suspend = (): void => {
    for (const stop of stops)
      stop({
        type: 'ADDED',
        object: { apiVersion: 'jit.access/v1', kind: 'AccessSuspension', metadata: { name: 'all' }, spec: { all: true, reason: 'odd' } },
      })
  }
  return { view, permits, watch, change, suspend }
}

beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'setTimeout', 'clearTimeout', 'clearInterval', 'Date'] }))
afterEach(() => void vi.useRealTimers())

describe('the responses that the gateway may end', () => {
  it('continue while the policies are known and allow them', () => {
    const { watch, change, permits } = setup()
    const signal = watch(() => true)
    vi.advanceTimersByTime(2000)
    change()
    expect([signal.aborted, permits.count]).toEqual([false, 1])
  })
  it('end when the age of the policies cannot be determined', () => {
    const { watch, view, permits } = setup()
    const signal = watch(() => true)
    view.outdatedForMs = fail
    vi.advanceTimersByTime(2000)
    expect([signal.reason, permits.count]).toEqual(['outdated', 0])
  })
  it('end at once when the age of the policies cannot be determined as they begin', () => {
    const { watch, view, permits } = setup()
    view.outdatedForMs = fail
    expect(watch(() => true).reason).toBe('outdated')
    expect(permits.count).toBe(0)
  })
  it('end when a changed policy cannot be evaluated, and the other responses are judged all the same', () => {
    const { watch, change } = setup()
    const asked = { first: false, second: false }
    const broken = watch(() => (asked.first ? fail() : true))
    const denied = watch(() => !asked.second)
    const allowed = watch(() => true)
    Object.assign(asked, { first: true, second: true })
    change()
    expect([broken.reason, denied.reason, allowed.aborted]).toEqual(['outdated', 'revoked', false])
  })
  it('end as suspended after a suspension that stops them, and only those', () => {
    const { watch, suspend, permits } = setup()
    let isStopped = false
    const [stopped, other] = [watch(() => !isStopped), watch(() => true)]
    suspend()
    expect([stopped.aborted, other.aborted]).toEqual([false, false])
    isStopped = true
    suspend()
    expect([stopped.reason, other.aborted, permits.count]).toEqual(['suspended', false, 1])
  })
})
