import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

const asked = vi.hoisted((): { meanwhile: (path: string) => Promise<void> } => ({ meanwhile: () => Promise.resolve() }))
vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>()
  const stat = async (path: string) => {
    await asked.meanwhile(path)
    return await real.stat(path)
  }
  return { ...real, stat }
})

// A module of its own: the other tests of the process have loaded the one without this file system.
const own = '../../../../cli/certify/records/records-folder.ts?own'
const { openRecords } = (await import(own)) as typeof import('../../../../cli/certify/records/records-folder.ts')

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'jit-records-folder-'))
  await writeFile(join(dir, '0.jsonl'), 'x')
})
afterEach(() => rm(dir, { recursive: true, force: true }))

describe('a folder in which a file begins while it is listed', () => {
  it('is listed again', async () => {
    asked.meanwhile = () => writeFile(join(dir, '1.jsonl'), 'x')
    expect((await openRecords(dir)).files).toEqual(['0.jsonl', '1.jsonl'])
  })

  it('is not listed without an end when that happens each time', async () => {
    let listings = 0
    asked.meanwhile = async (path) => {
      if (basename(path) === '0.jsonl') await writeFile(join(dir, `${(listings += 1)}.jsonl`), 'x')
    }
    expect((await openRecords(dir)).files).toHaveLength(20)
    expect(listings).toBe(20)
  })
})
