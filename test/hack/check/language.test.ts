import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { BANNED_WORDING } from '../../../hack/check/banned-wording.ts'
import { SOURCE_FOLDERS } from '../../../hack/check/folders.ts'
import { languageProblems, wordingProblems } from '../../../hack/check/language.ts'

/** One relapse for each entry of the list, in its order. */
const RELAPSES = [
  'Left out: 60.',
  'for whoever comes',
  'an admin has to mend it',
  'ten at the most',
  'keep it for ever',
  'killed amid it',
  'each is told of the change',
  'what is unknown is a no',
  'a body which is no JSON',
  'it begins anew',
  'it does what no request waits for',
  'such an answer signs nobody in',
  'type it again to go on waiting',
]

describe('the check of wordings', () => {
  it('finds a relapse into each wording of the list', () => {
    expect(RELAPSES.map((line) => wordingProblems(line).length)).toEqual(BANNED_WORDING.map(() => 1))
  })
  it('names the line and what to write instead', () => {
    expect(wordingProblems('fine\nat the most ten')).toEqual(['line 2: "at the most"; write "at most"'])
  })
  it('accepts ordinary sentences', () => {
    const text =
      'It is no longer used. At most ten. The amendment is recommended. There is no such Secret. There are no rules. The request is a no-op.'
    expect(wordingProblems(text)).toEqual([])
  })
  it('reads every folder with source files, docs, manifests and the pages at the root', async () => {
    const root = await mkdtemp(join(tmpdir(), 'jit-language-'))
    const folders = [...SOURCE_FOLDERS, 'docs', 'examples', 'kustomize']
    for (const folder of folders) {
      await mkdir(join(root, folder, 'inner'), { recursive: true })
      await writeFile(join(root, folder, 'inner/page.md'), 'at the most')
    }
    await writeFile(join(root, 'README.md'), 'at the most')
    await writeFile(join(root, 'docs/data.json'), 'at the most')
    const found = (await languageProblems(root)).map((problem) => problem.split(',')[0])
    expect(new Set(found)).toEqual(new Set([...folders.map((folder) => `${folder}/inner/page.md`), 'README.md']))
    await rm(root, { recursive: true })
  })
  it('fails when a folder is missing or holds nothing to read', async () => {
    const root = await mkdtemp(join(tmpdir(), 'jit-language-'))
    await expect(languageProblems(root)).rejects.toThrow('ENOENT')
    for (const folder of [...SOURCE_FOLDERS, 'docs', 'examples', 'kustomize']) await mkdir(join(root, folder))
    expect(await languageProblems(root)).toEqual(['no file was read: the folders of this check are wrong'])
    await rm(root, { recursive: true })
  })
})
