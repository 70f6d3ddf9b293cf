import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { BANNED_WORDING } from '../../../hack/check/banned-wording.ts'
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
]

describe('the check of wordings', () => {
  it('finds a relapse into each wording of the list', () => {
    expect(RELAPSES.map((line) => wordingProblems(line).length)).toEqual(BANNED_WORDING.map(() => 1))
  })
  it('names the line and what to write instead', () => {
    expect(wordingProblems('fine\nat the most ten')).toEqual(['line 2: "at the most"; write "at most"'])
  })
  it('accepts ordinary sentences', () => {
    const text = 'It is no longer used. At most ten. The amendment is recommended. There is no such Secret. The request is a no-op.'
    expect(wordingProblems(text)).toEqual([])
  })
  it('fails when it has read nothing', async () => {
    const root = await mkdtemp(join(tmpdir(), 'jit-language-'))
    expect(await languageProblems(root)).toEqual(['no file was read: the folders of this check are wrong'])
    await rm(root, { recursive: true })
  })
})
