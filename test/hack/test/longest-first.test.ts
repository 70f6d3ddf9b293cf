import { existsSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { shardsOf } from '../../../hack/test/longest-first.ts'
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
