import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { BANNED_WORDING } from './banned-wording.ts'
import { SOURCE_FOLDERS } from './folders.ts'
import { filesIn } from './source-files.ts'

const TEXT = /[.](ts|js|md|yaml|sh)$/
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
  const folders = [...SOURCE_FOLDERS, 'docs', 'examples', 'kustomize'].map((folder) => filesIn(root, folder, { name: TEXT }))
  const found = (await Promise.all([...folders, filesIn(root, '.', { name: TEXT, recursive: false })])).flat()
  const files = found.filter((file) => !SKIPPED.test(file))
  if (files.length === 0) return ['no file was read: the folders of this check are wrong']
  const problems = files.map(async (file) => wordingProblems(await readFile(join(root, file), 'utf8')).map((problem) => `${file}, ${problem}`))
  return (await Promise.all(problems)).flat()
}
