import { expect, it } from 'vitest'
import { createKnownRights } from '../../../apiserver/resources/known-rights.ts'
import type { Identity } from '../../../domain/identity.ts'
import type { ResourceAttributes } from '../../../kube/subject-access-review.ts'

const user = (username: string, request = ''): Identity => ({ username, uid: '', groups: [], extra: { 'jit.access/request': [request] } })
const certify = (name: string): ResourceAttributes => ({ verb: 'certify', group: 'jit.access', resource: 'accesspolicies', name })

function setup(answer: (nth: number) => Promise<boolean> = () => Promise.resolve(true)) {
  const clock = { now: 0, nowMs: () => clock.now }
  const asked: string[] = []
  const allowed = ({ username }: Identity): Promise<boolean> => answer(asked.push(username))
  return { clock, asked, rights: createKnownRights({ allowed }, clock) }
}

it('asks once in five seconds, for all requests of a user', async () => {
  const { rights, asked, clock } = setup()
  for (const request of ['1', '2', '3']) expect(await rights.allowed(user('a', request), certify('p'))).toBe(true)
  expect(asked).toEqual(['a'])
  clock.now = 5_000
  await rights.allowed(user('a'), certify('p'))
  await rights.allowed(user('a'), certify('q'))
  expect(asked).toHaveLength(3)
})

it('keeps the results of a user, however many results another user causes', async () => {
  const { rights, asked } = setup()
  await rights.allowed(user('a'), certify('p'))
  for (let count = 0; count < 10_000; count++) await rights.allowed(user('b'), certify(`p${count}`))
  await rights.allowed(user('a'), certify('p'))
  expect(asked.filter((name) => name === 'a')).toHaveLength(1)
})

it('does not cache an error', async () => {
  const { rights } = setup((nth) => (nth === 1 ? Promise.reject(new Error('away')) : Promise.resolve(false)))
  await expect(rights.allowed(user('a'), certify('p'))).rejects.toThrow('away')
  expect(await rights.allowed(user('a'), certify('p'))).toBe(false)
})
