import { setImmediate } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { createGroupCommit } from '../../../apiserver/storage/group-commit.ts'
import type { Write } from '../../../apiserver/storage/port.ts'

const write = (name: string): readonly Write[] => [{ resource: 'things', name, expected: 0, value: {} }]
const namesOf = (all: readonly (readonly Write[])[]): string => all.map(([first]) => first?.name ?? '').join('')

it('waits for the disk once for all commits of a turn, and again for those of the next', async () => {
  const groups: string[] = []
  const group = createGroupCommit((all) => (groups.push(namesOf(all)), all.map((_, index) => index)))
  expect(await Promise.all([group.add(write('a')), group.add(write('b')), group.add(write('c'))])).toEqual([0, 1, 2])
  await group.add(write('d'))
  expect(groups).toEqual(['abc', 'd'])
})

it('a commit that the disk refuses does not fail the others', async () => {
  const group = createGroupCommit((all) => {
    if (namesOf(all).includes('b')) throw new Error('full')
    return all.map(() => 7)
  })
  const results = await Promise.allSettled([group.add(write('a')), group.add(write('b')), group.add(write('c'))])
  expect(results.map((result) => (result.status === 'fulfilled' ? result.value : String(result.reason)))).toEqual([7, 'Error: full', 7])
})

it('a flush commits what waits, once', async () => {
  const groups: string[] = []
  const group = createGroupCommit((all) => (groups.push(namesOf(all)), all.map(() => 1)))
  const added = group.add(write('a'))
  group.flush()
  await added
  await setImmediate()
  expect(groups).toEqual(['a'])
})
