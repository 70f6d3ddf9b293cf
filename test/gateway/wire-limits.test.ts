import { expect, it } from 'vitest'
import { classify } from '../../domain/classify/classify.ts'
import { readRequest } from '../../domain/classify/read-request.ts'
import { isEndless, mayBeLongRunning } from '../../gateway/classify/may-last.ts'
import { createLimits } from '../../gateway/wire-limits.ts'

const greedy = Array.from({ length: 8 }, (_, at) => `greedy-${at}`)
const takeAll = (take: (identity: string) => void): void => {
  for (const identity of greedy)
    try {
      for (;;) take(identity)
    } catch {
      // the limit is reached
    }
}

it('eight identities at their limit of endless requests leave room for requests and a watch of others', () => {
  const limits = createLimits({})
  takeAll((identity) => {
    limits.enter(identity)
    limits.enterEndless(identity)
  })
  expect(limits.inFlight).toBeGreaterThan(500)
  for (let others = 0; others < 100; others++) expect(() => limits.enter(`other-${others}`)).not.toThrow()
  expect(() => limits.enterEndless('other-0')).not.toThrow()
})

it('eight identities at their request limit leave room for others', () => {
  const limits = createLimits({})
  takeAll((identity) => limits.enter(identity))
  for (let others = 0; others < 20; others++) expect(() => limits.enter(`other-${others}`)).not.toThrow()
})

it('eight identities at their body limit leave room for a body of another', () => {
  const limits = createLimits({})
  takeAll((identity) => limits.room(identity).take(1024 * 1024))
  expect(() => limits.room('other').take(64 * 1024)).not.toThrow()
})

it('a finished endless request makes room for the next', () => {
  const limits = createLimits({ inFlight: 8, endless: 4, endlessPerIdentity: 1 })
  const leave = limits.enterEndless('a')
  expect(() => limits.enterEndless('a')).toThrow(expect.objectContaining({ code: 429 }))
  leave()
  limits.enterEndless('a')
})

it.each([
  ['GET /api/v1/namespaces/shop/pods', false, false],
  ['PATCH /apis/apps/v1/namespaces/shop/deployments/web', false, false],
  ['GET /api/v1/namespaces/shop/pods/web/log', false, true],
  ['GET /api/v1/namespaces/shop/pods/web/log?follow=true', true, true],
  ['GET /api/v1/namespaces/shop/pods?watch=1', true, true],
  ['GET /api/v1/namespaces/shop/pods/web/proxy/events', false, true],
  ['POST /api/v1/namespaces/shop/services/web/proxy/', false, true],
  ['GET /api/v1/nodes/a/proxy/logs/', false, true],
  ['GET /apis/subresources.kubevirt.io/v1/namespaces/shop/virtualmachineinstances/a/console', false, true],
])('%s: endless %s, may be long-running %s', (line, endless, lasts) => {
  const [method = '', target = ''] = line.split(' ')
  const [path = '', search = ''] = target.split('?')
  const query = new URLSearchParams(search)
  const request = { classified: classify(readRequest(method, path, query)), query, upgrade: undefined }
  expect([isEndless(request), mayBeLongRunning(request)]).toEqual([endless, lasts])
})
