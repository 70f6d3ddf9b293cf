import { expect, it } from 'vitest'
import { sharedRead } from '../../../webhook/grants/shared-read.ts'

/** A read that completes when the test says so. */
function candidates() {
  const ends: { readonly key: string; readonly end: (error?: Error) => void }[] = []
  const read = sharedRead((key) => {
    const number = ends.length + 1
    return new Promise<string>((resolve, reject) =>
      ends.push({ key, end: (error) => (error === undefined ? resolve(`${key}${number}`) : reject(error)) }),
    )
  })
  return { ends, read }
}
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

it('calls during a read share the next read', async () => {
  const { ends, read } = candidates()
  const [first, second, third] = [read('a'), read('a'), read('a')]
  ends[0]?.end()
  await turn()
  expect(ends).toHaveLength(2)
  ends[1]?.end()
  expect(await Promise.all([first, second, third])).toEqual(['a1', 'a2', 'a2'])
})
it('reads of different keys do not wait for each other', async () => {
  const { ends, read } = candidates()
  const answers = [read('a'), read('b')]
  for (const { end } of ends) end()
  expect(await Promise.all(answers)).toEqual(['a1', 'b2'])
})
it('a failed read fails all calls that share it and no later call', async () => {
  const { ends, read } = candidates()
  const first = read('a')
  const second = read('a')
  ends[0]?.end(new Error('away'))
  await expect(first).rejects.toThrow('away')
  await turn()
  ends[1]?.end()
  expect(await second).toBe('a2')
})
