import fc from 'fast-check'
import { beforeEach, expect, it } from 'vitest'
import { createEventsChannel, eventNameOf } from '../../../../../controller/notify/channels/events/kubernetes-events.ts'
import { digestOf } from '../../../../../controller/notify/messages/digest.ts'
import { StatusError } from '../../../../../domain/status-error.ts'
import type { KubeCall, KubeClient } from '../../../../../kube/client.ts'
import { NOW } from '../../../../domain/builders.ts'
import { at, INJECTIONS, message, request, saying } from '../../notified-objects.ts'

type Event = {
  readonly metadata: { readonly name: string; readonly namespace: string }
  readonly type: string
  readonly reason: string
  readonly note: string
  readonly regarding: object
}
let created: Map<string, Event>
let refuses: number | undefined
beforeEach(() => {
  created = new Map()
  refuses = undefined
})

/** As kube-apiserver decides about the names of Events: a DNS subdomain. */
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/
const client: Pick<KubeClient, 'json'> = {
  json: <T>(call: KubeCall) =>
    Promise.resolve().then(() => {
      const event = call.body as Event
      const { name } = event.metadata
      if (refuses !== undefined) throw new StatusError('Invalid', 'CANARY', { code: refuses })
      if (name.length > 253 || !SUBDOMAIN.test(name)) throw new StatusError('Invalid', 'name', { code: 422 })
      if (created.has(name)) throw new StatusError('AlreadyExists', 'again', { code: 409 })
      created.set(name, event)
      return event as T
    }),
}
const channel = createEventsChannel({ client: client as KubeClient, instance: 'one', nowMs: () => NOW })
const events = (): readonly Event[] => [...created.values()]

/** Names that the apiserver accepts. */
const label = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/)
const nameOfRequest = fc.oneof(
  fc.array(label, { minLength: 1, maxLength: 8 }).map((labels) =>
    labels
      .join('.')
      .slice(0, 253)
      .replace(/[-.]+$/, ''),
  ),
  fc
    .tuple(fc.integer({ min: 190, max: 200 }), fc.integer({ min: 1, max: 20 }))
    .map(([length, dashes]) => `${'a'.repeat(length)}${'-'.repeat(dashes)}b`),
  fc.integer({ min: 195, max: 201 }).map((length) => `${'a'.repeat(length)}.b`),
)

it('every name of a request yields an Event, and distinct requests distinct ones', () => {
  fc.assert(
    fc.property(fc.uniqueArray(nameOfRequest, { minLength: 1, maxLength: 5 }), (names) => {
      const found = names.map((name) => eventNameOf(`uid-${name}/Requested`, name))
      for (const name of found) expect(name.length <= 253 && SUBDOMAIN.test(name) ? '' : name).toBe('')
      expect(new Set(found).size).toBe(names.length)
    }),
    { examples: [[['a'.repeat(199) + '-b', 'a'.repeat(199) + '.b']]] },
  )
})

it('an Event is about its request, and a repeated attempt creates no other', async () => {
  await channel.send(message())
  await channel.send(message())
  expect(events()).toMatchObject([
    {
      metadata: { namespace: 'default' },
      regarding: { apiVersion: 'jit.access/v1', kind: 'AccessRequest', name: 'r1', uid: 'uid-r1' },
      reason: 'Requested',
      type: 'Normal',
    },
  ])
})

it('break-glass access is a warning, also where it is told as a decision', async () => {
  const taken = request('r1', { breakGlass: true }, { conditions: [{ type: 'Approved', status: 'True', lastTransitionTime: at(NOW) }] })
  await channel.send(message(taken, 'BreakGlass'))
  await channel.send(message(taken, 'Decided'))
  expect(events().map(({ type, note }) => [type, note.split(' ')[0]])).toEqual([
    ['Warning', 'Break-glass'],
    ['Warning', 'Break-glass'],
  ])
})

it.each(INJECTIONS)('a note is one line of at most 1024 bytes with %j', async (words) => {
  await channel.send(message(saying(words)))
  await channel.sendDigest(digestOf([message(saying(words)), message(request('r2'))], NOW))
  for (const { note } of events()) {
    expect(Buffer.byteLength(note)).toBeLessThanOrEqual(1024)
    expect(note).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u)
  }
  expect(events()).toHaveLength(2)
})

it('a long note is cut between characters', async () => {
  await channel.send(message(request('r1', { operation: { method: 'GET', path: '/', digest: 'd', summary: 'é€𝄞'.repeat(300) } })))
  expect(events()[0]?.note).toMatch(/[é€𝄞]…$/u)
})

it.each([
  [422, 'Rejected'],
  [403, 'Unavailable'],
  [500, 'Unavailable'],
])('status %i is %s, without the words of the answer', async (code, reason) => {
  refuses = code
  await expect(channel.send(message())).rejects.toMatchObject({ reason, message: `kube-apiserver answered ${code}` })
})
