import { existsSync } from 'node:fs'
import { join, relative } from 'node:path'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { TestSpecification, Vitest } from 'vitest/node'
import { LongestFirst, shardsOf } from '../../../hack/test/longest-first.ts'
import { OTHER_FILES, SLOW_FILES } from '../../../hack/test/slow-files.ts'

const ROOT = join(import.meta.dirname, '../../..')
const seconds = (files: readonly string[]): number => files.reduce((sum, file) => sum + (SLOW_FILES.get(file) ?? OTHER_FILES), 0)

it('knows only files that exist', () => expect([...SLOW_FILES.keys()].filter((file) => !existsSync(join(ROOT, file)))).toEqual([]))

const files = fc.uniqueArray(fc.oneof(fc.constantFrom(...SLOW_FILES.keys()), fc.string()), { maxLength: 60 })

it('shards hold each file once, whatever the order in which a process found them', () => {
  fc.assert(
    fc.property(files, fc.integer({ min: 1, max: 5 }), (found, count) => {
      const shards = shardsOf(found, count)
      expect(shards).toHaveLength(count)
      expect(shards.flat().sort()).toEqual([...found].sort())
      expect(shardsOf(found.toReversed(), count)).toEqual(shards)
    }),
  )
})

it('no shard takes longer than another by more than its last file', () => {
  fc.assert(
    fc.property(files, fc.integer({ min: 1, max: 5 }), (found, count) => {
      const all = shardsOf(found, count)
      const least = Math.min(...all.map(seconds))
      for (const shard of all) expect(seconds(shard.slice(0, -1))).toBeLessThanOrEqual(least)
    }),
  )
})

/** The part of the files that vitest runs in a process with this shard. */
async function partOf(found: readonly string[], shard: { readonly index: number; readonly count: number } | undefined): Promise<readonly string[]> {
  const sequencer = new LongestFirst({ config: { root: ROOT, shard } } as unknown as Vitest)
  const part = await sequencer.shard(found.map((file) => ({ moduleId: join(ROOT, file) }) as TestSpecification))
  return part.map(({ moduleId }) => relative(ROOT, moduleId))
}

it('the processes run every file together, each in one of them, and one without a shard runs all', async () => {
  const found = [...SLOW_FILES.keys(), 'test/a.test.ts', 'test/b.test.ts']
  const parts = await Promise.all([1, 2, 3].map((index) => partOf(found, { index, count: 3 })))
  expect(parts.flat().sort()).toEqual([...found].sort())
  expect(await partOf(found, undefined)).toEqual(found)
})

it('the slowest file of a shard is its first', () => {
  for (const shard of shardsOf([...SLOW_FILES.keys()].toReversed(), 2)) {
    const each = shard.map((file) => SLOW_FILES.get(file) ?? 0)
    expect(each).toEqual(each.toSorted((one, other) => other - one))
  }
})
