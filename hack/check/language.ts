import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { BANNED_WORDING } from './banned-wording.ts'
import { SOURCE_FOLDERS } from './folders.ts'

const FOLDERS = [...SOURCE_FOLDERS, 'docs', 'kustomize', '.'] as const
const TEXT = /[.](ts|md|yaml|sh)$/
/**
 * Not read: decisions, which are records of their time; generated files; word lists, which are data; and the list of wordings itself with its test.
 */
const SKIPPED =
  /^(docs\/decisions\/|manifests\/|node_modules\/|domain\/mask\/match\/strength\/|hack\/vocabulary\/|hack\/check\/banned-wording|test\/hack\/check\/)/

/** The banned wordings in a text, one line for each: `line 3: "at …"; write …`. */
export function wordingProblems(text: string): readonly string[] {
  return text.split('\n').flatMap((line, index) =>
    BANNED_WORDING.flatMap(({ pattern, instead }) => {
      const found = pattern.exec(line)
      return found === null ? [] : [`line ${index + 1}: "${found[0].trim()}"; write ${instead}`]
    }),
  )
}

/** Banned wordings in comments, messages, schemas and pages. Names in code are read as well: none of them needs such a word. */
export async function languageProblems(root: string): Promise<readonly string[]> {
  const problems: string[] = []
  let seen = 0
  for (const folder of FOLDERS) {
    const entries = await readdir(join(root, folder), { recursive: folder !== '.', withFileTypes: true }).catch(() => [])
    for (const entry of entries.filter((each) => each.isFile() && TEXT.test(each.name))) {
      const file = relative(root, join(entry.parentPath, entry.name))
      if (SKIPPED.test(file)) continue
      seen += 1
      problems.push(...wordingProblems(await readFile(join(root, file), 'utf8')).map((problem) => `${file}, ${problem}`))
    }
  }
  return seen === 0 ? ['no file was read: the folders of this check are wrong'] : problems
}
