import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { linesIn } from '../recording/cast.ts'
import { filmOf } from '../recording/svg.ts'
import { apiPage } from './api-page.ts'
import { configurationPage } from './configuration-page.ts'

/** A page, from what it is made of. `root`: the folder of the project. */
const PAGES: { readonly [file: string]: (root: string) => string | Promise<string> } = {
  'docs/reference/api.md': () => `${apiPage()}\n`,
  'docs/reference/configuration.md': () => `${configurationPage()}\n`,
  'docs/demo.svg': async (root) => filmOf(linesIn(await readFile(join(root, 'docs/demo.cast'), 'utf8'))),
}

const readOrNothing = (file: string): Promise<string> => readFile(file, 'utf8').catch(() => '')

/** Renders the pages of docs/reference and the image of the demo, and returns the names of those that differ; with `write` also writes them. */
export async function referencePages({ root, write }: { readonly root: string; readonly write: boolean }): Promise<readonly string[]> {
  const different: string[] = []
  for (const [name, page] of Object.entries(PAGES)) {
    const file = join(root, name)
    const wanted = await page(root)
    if ((await readOrNothing(file)) === wanted) continue
    different.push(name)
    if (write) await writeFile(file, wanted)
  }
  return different
}
