import { readdir } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { PRODUCT_FOLDERS } from './folders.ts'
import { filesIn } from './source-files.ts'

const TEST = /[.]test[.]ts$/

/** All folders below one, with itself, as paths from `root`. */
async function foldersIn(root: string, folder: string): Promise<readonly string[]> {
  const entries = await readdir(join(root, folder), { recursive: true, withFileTypes: true })
  return [folder, ...entries.filter((entry) => entry.isDirectory()).map((entry) => relative(root, join(entry.parentPath, entry.name)))]
}

/**
 * Tests of the product that are not where their subject is: `test/FOLDER/x.test.ts` tests code of the existing folder `FOLDER`, and a test with the name of
 * a source file lies in the folder of that file. Tests of a behaviour that several files share may have any other name.
 */
export async function testPlaceProblems(root: string): Promise<readonly string[]> {
  const folders = new Set((await Promise.all(PRODUCT_FOLDERS.map((folder) => foldersIn(root, folder)))).flat())
  const sources = (await Promise.all(PRODUCT_FOLDERS.map((folder) => filesIn(root, folder, { name: /[.]ts$/ })))).flat()
  const tests = (await filesIn(root, 'test', { name: TEST })).map((file) => file.slice('test/'.length))
  const ofProduct = tests.filter((test) => PRODUCT_FOLDERS.some((folder) => test.startsWith(`${folder}/`)))
  if (ofProduct.length === 0) return ['no test of the product was found: the folders of this check are wrong']
  return ofProduct.flatMap((test) => {
    const folder = dirname(test)
    if (!folders.has(folder)) return [`test/${test}: there is no folder ${folder}/`]
    const source = test.replace(TEST, '.ts')
    const name = source.slice(folder.length)
    const below = sources.filter((file) => file.startsWith(`${folder}/`) && file.endsWith(name))
    return below.length === 0 || below.includes(source) ? [] : [`test/${test}: its subject is ${below.join(' or ')}`]
  })
}
