import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sizeProblems } from '../../../hack/check/file-size.ts'
import { SOURCE_FOLDERS } from '../../../hack/check/folders.ts'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'jit-size-'))
  for (const folder of SOURCE_FOLDERS) await mkdir(join(root, folder))
})
afterEach(() => rm(root, { recursive: true, force: true }))

async function fill(folder: string, files: number, lines = 1): Promise<void> {
  await mkdir(join(root, folder), { recursive: true })
  for (let file = 0; file < files; file++) await writeFile(join(root, folder, `file-${file}.ts`), '// a line\n'.repeat(lines))
}

describe('the check of sizes', () => {
  it('accepts files of 300 lines, and 15 files in a folder beside its subfolders', async () => {
    await fill('gateway', 15, 300)
    await fill('gateway/inner', 15)
    expect(await sizeProblems(root)).toEqual([])
  })
  it('names a file of 301 lines', async () => {
    await fill('test', 1, 301)
    expect(await sizeProblems(root)).toEqual(['test/file-0.ts: 301 lines, the limit is 300'])
  })
  it.each(['domain/inner', 'hack', 'hack/inner', 'test/inner'])('names %s if it holds 16 files, and no other folder', async (folder) => {
    await fill('gateway', 15)
    await fill(folder, 16)
    expect(await sizeProblems(root)).toEqual([`${folder}/: 16 files, the limit is 15`])
  })
  it('fails when a folder is missing or no file is found', async () => {
    expect(await sizeProblems(root)).toEqual(['no source file was found: the folders of this check are wrong'])
    await rm(join(root, 'kube'), { recursive: true })
    await expect(sizeProblems(root)).rejects.toThrow('ENOENT')
  })
})
