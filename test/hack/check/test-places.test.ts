import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { PRODUCT_FOLDERS } from '../../../hack/check/folders.ts'
import { testPlaceProblems } from '../../../hack/check/test-places.ts'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'jit-places-'))
  for (const folder of [...PRODUCT_FOLDERS, 'test']) await mkdir(join(root, folder))
})
afterEach(() => rm(root, { recursive: true, force: true }))

async function write(...files: readonly string[]): Promise<void> {
  for (const file of files) {
    await mkdir(dirname(join(root, file)), { recursive: true })
    await writeFile(join(root, file), '')
  }
}

describe('the check of the places of tests', () => {
  it('accepts a test beside its subject, and a behaviour of a folder under any other name', async () => {
    await write('gateway/hold/hold.ts', 'test/gateway/hold/hold.test.ts', 'test/gateway/hold/two-agents.test.ts', 'test/attack/a.test.ts')
    expect(await testPlaceProblems(root)).toEqual([])
  })
  it('names a test of a folder that does not exist', async () => {
    await write('test/gateway/held/hold.test.ts')
    expect(await testPlaceProblems(root)).toEqual(['test/gateway/held/hold.test.ts: there is no folder gateway/held/'])
  })
  it('names a test that lies above the file of its name', async () => {
    await write('gateway/hold/hold.ts', 'test/gateway/hold.test.ts')
    expect(await testPlaceProblems(root)).toEqual(['test/gateway/hold.test.ts: its subject is gateway/hold/hold.ts'])
  })
  it('fails when it finds no test of the product', async () => {
    await write('test/attack/a.test.ts')
    expect(await testPlaceProblems(root)).toEqual(['no test of the product was found: the folders of this check are wrong'])
  })
})
