import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PRODUCT_FOLDERS } from './folders.ts'
import { filesIn } from './source-files.ts'

const EXPORTED = /^export (?:abstract )?(?:type|interface|class|enum) (\w+)/gm

/** Names of types that several files of the product export. A reader who finds one of them cannot know which is meant. */
export async function typeNameProblems(root: string): Promise<readonly string[]> {
  const files = (await Promise.all(PRODUCT_FOLDERS.map((folder) => filesIn(root, folder, { name: /[.]ts$/ })))).flat()
  const found = await Promise.all(
    files.map(async (file) => {
      const text = await readFile(join(root, file), 'utf8')
      return [...text.matchAll(EXPORTED)].map(([, name = '']) => ({ name, file }))
    }),
  )
  const names = [...Map.groupBy(found.flat(), ({ name }) => name)]
  if (names.length === 0) return ['no exported type was found: the folders of this check are wrong']
  return names.filter(([, from]) => from.length > 1).map(([name, from]) => `${name}: exported by ${from.map(({ file }) => file).join(' and ')}`)
}
