import { beforeEach, expect, it } from 'vitest'
import { createSaves, type Saves } from '../../../../controller/notify/queue/saves.ts'
import type { NoticeSubject } from '../../../../controller/notify/queue/about.ts'
import { StatusError } from '../../../../domain/status-error.ts'
import { NOW } from '../../../domain/builders.ts'
import { request } from '../notified-objects.ts'

let nowMs: number
let written: string[]
let attempts: number
let atOnce: number
let most: number
let fails: (name: string) => Error | undefined
let logged: string[]
let saves: Saves
const write = async ({ object: { metadata } }: NoticeSubject): Promise<void> => {
  attempts += 1
  atOnce += 1
  most = Math.max(most, atOnce)
  await new Promise(setImmediate)
  atOnce -= 1
  const error = fails(metadata.name)
  if (error !== undefined) throw error
  written.push(metadata.name)
}
beforeEach(() => {
  nowMs = NOW
  written = []
  logged = []
  attempts = 0
  atOnce = 0
  most = 0
  fails = () => undefined
  const log = (event: string): void => void logged.push(event)
  saves = createSaves({ clock: { nowMs: () => nowMs }, log: { info: log, warn: log, error: log }, write })
})
const named = (count: number): readonly NoticeSubject[] =>
  Array.from({ length: count }, (_, index) => ({ kind: 'AccessRequest', object: request(`r${index}`) }))
const status = (code: number): StatusError => new StatusError('Invalid', 'no', { code })
async function retryFor(ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 500) {
    nowMs += 500
    await saves.retry()
  }
}

it('writes at most eight at once, and tries at most 64 again in one round', async () => {
  fails = () => status(503)
  await saves.save(named(500))
  expect([attempts, most]).toEqual([500, 8])
  nowMs += 1000
  attempts = 0
  await saves.retry()
  expect([attempts, most]).toEqual([64, 8])
})

it('writes each of them when the server is back, however many there are', async () => {
  fails = () => status(503)
  await saves.save(named(200))
  await retryFor(10_000)
  fails = () => undefined
  await retryFor(5_000)
  expect(written.toSorted()).toEqual(
    named(200)
      .map(({ object }) => object.metadata.name)
      .toSorted(),
  )
})

it('gives up what is refused again and again, and says so, and does not delay others', async () => {
  fails = (name) => (name === 'r0' ? status(422) : undefined)
  await saves.save(named(2))
  await retryFor(3_600_000)
  expect([attempts, written]).toEqual([6, ['r1']])
  expect(logged.at(-1)).toBe('notifications.never-saved')
})

it('does not give up after conflicts, and forgets what was deleted', async () => {
  fails = () => status(409)
  await saves.save(named(1))
  await retryFor(60_000)
  expect(attempts).toBeGreaterThan(50)
  saves.forget({ kind: 'AccessRequest', object: request('r0') })
  attempts = 0
  await retryFor(10_000)
  expect(attempts).toBe(0)
})

it('runs one round at a time', async () => {
  fails = () => status(503)
  await saves.save(named(64))
  nowMs += 1000
  attempts = 0
  await Promise.all([saves.retry(), saves.retry()])
  expect(attempts).toBe(64)
})
