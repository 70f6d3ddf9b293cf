import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { SOURCE_FOLDERS } from './folders.ts'

const MAX_LINES = 300
/** Maximum number of files in a product folder. A folder with more holds more than one idea. */
const MAX_FILES = 15

/** Source files that are too long to read in one sitting, and product folders with too many files. Comment lines count. */
export async function sizeProblems(root: string): Promise<readonly string[]> {
  const problems: string[] = []
  let seen = 0
  const files = new Map<string, number>()
  for (const folder of SOURCE_FOLDERS) {
    const entries = await readdir(join(root, folder), { recursive: true, withFileTypes: true }).catch(() => [])
    for (const entry of entries.filter(({ name }) => /[.](ts|mts|cjs|sh)$/.test(name))) {
      const file = join(entry.parentPath, entry.name)
      const lines = (await readFile(file, 'utf8')).split('\n').length - 1
      seen += 1
      if (folder !== 'hack' && folder !== 'test') files.set(entry.parentPath, (files.get(entry.parentPath) ?? 0) + 1)
      if (lines > MAX_LINES) problems.push(`${file.slice(root.length + 1)}: ${lines} lines, the limit is ${MAX_LINES}`)
    }
  }
  for (const [path, count] of files)
    if (count > MAX_FILES) problems.push(`${path.slice(root.length + 1)}/: ${count} files, the limit is ${MAX_FILES}`)
  return seen === 0 ? ['no source file was found: the folders of this check are wrong'] : problems
}
