import { globSync } from 'node:fs'
import { readFile } from 'node:fs/promises'

/** Lines of our sources that match a forbidden pattern, comments excluded. */
export async function grep(folders: readonly string[], what: RegExp): Promise<readonly string[]> {
  const found: string[] = []
  for (const file of globSync(folders.map((folder) => `${folder}/**/*.ts`)))
    for (const line of (await readFile(file, 'utf8')).split('\n'))
      if (!/^\s*(\/\/|\*|\/\*)/.test(line) && what.test(line)) found.push(`${file}: ${line.trim()}`)
  return found
}
