import { expect, it } from 'vitest'
import { createTurns } from '../../../apiserver/machinery/turns.ts'

it('the work of one owner runs one after the other, and does not wait for that of others', async () => {
  const turns = createTurns(8)
  const done: string[] = []
  const gate = Promise.withResolvers<void>()
  const first = turns.take('a', async () => (await gate.promise, done.push('a1')))
  const second = turns.take('a', async () => done.push('a2'))
  await turns.take('b', async () => done.push('b1'))
  expect(done).toEqual(['b1'])
  gate.resolve()
  await Promise.all([first, second])
  expect(done).toEqual(['b1', 'a1', 'a2'])
})

it('what fails does not stop what waits behind it', async () => {
  const turns = createTurns(8)
  const failed = turns.take('a', () => Promise.reject(new Error('no')))
  const next = turns.take('a', () => Promise.resolve('yes'))
  await expect(failed).rejects.toThrow('no')
  expect(await next).toBe('yes')
})

it('refuses an owner of whom too much waits, alone, until some of it has ended', async () => {
  const turns = createTurns(2)
  const gate = Promise.withResolvers<void>()
  const work = () => gate.promise
  const taken = [turns.take('a', work), turns.take('a', work), turns.take('a', work)]
  await expect(turns.take('a', work)).rejects.toMatchObject({ reason: 'TooManyRequests', code: 429, details: { retryAfterSeconds: 1 } })
  expect(await turns.take('b', () => Promise.resolve('b'))).toBe('b')
  gate.resolve()
  await Promise.all(taken)
  expect(await turns.take('a', () => Promise.resolve('a'))).toBe('a')
})

it('when all owners together have too much, refuses those that have some already, and everybody at twice as much', async () => {
  const turns = createTurns(8, 3)
  const gate = Promise.withResolvers<void>()
  const work = () => gate.promise
  const refused = { reason: 'TooManyRequests', code: 429, details: { retryAfterSeconds: 1 } }
  const taken = ['a', 'a', 'b'].map((owner) => turns.take(owner, work))
  for (const owner of ['a', 'b']) await expect(turns.take(owner, work)).rejects.toMatchObject(refused)
  taken.push(...['c', 'd', 'e'].map((owner) => turns.take(owner, work)))
  await expect(turns.take('f', work)).rejects.toMatchObject(refused)
  gate.resolve()
  await Promise.all(taken)
  expect(await Promise.all(['a', 'a', 'f'].map((owner) => turns.take(owner, () => Promise.resolve(owner))))).toEqual(['a', 'a', 'f'])
})

it('what fails leaves its place', async () => {
  const turns = createTurns(8, 1)
  for (let count = 0; count < 3; count += 1) await expect(turns.take('a', () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(await turns.take('a', () => Promise.resolve('yes'))).toBe('yes')
})
