import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

const FOLDERS = ['domain', 'kube', 'server', 'gateway', 'apiserver', 'webhook', 'cli', 'hack', 'test'] as const
const MOST_LINES = 300

/** Source files that are too long to be read in one sitting. Counts every line, comments too: those are read as well. */
export async function fileSizeProblems(root: string): Promise<readonly string[]> {
  const problems: string[] = []
  let seen = 0
  for (const folder of FOLDERS) {
    const entries = await readdir(join(root, folder), { recursive: true, withFileTypes: true }).catch(() => [])
    for (const entry of entries.filter(({ name }) => /[.](ts|mts|cjs|sh)$/.test(name))) {
      const file = join(entry.parentPath, entry.name)
      const lines = (await readFile(file, 'utf8')).split('\n').length - 1
      seen += 1
      if (lines > MOST_LINES) problems.push(`${file.slice(root.length + 1)}: ${lines} lines, ${MOST_LINES} are the most`)
    }
  }
  return seen === 0 ? ['no source file was found: the folders of this check are wrong'] : problems
}
