import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { apiPage } from './api-page.ts'
import { configurationPage } from './configuration-page.ts'

const PAGES: { readonly [file: string]: () => string } = {
  'docs/reference/api.md': apiPage,
  'docs/reference/configuration.md': configurationPage,
}

const readOrNothing = (file: string): Promise<string> => readFile(file, 'utf8').catch(() => '')

/** Renders the reference pages and returns the names of those that differ; with `write` also writes them. */
export async function referencePages({ root, write }: { readonly root: string; readonly write: boolean }): Promise<readonly string[]> {
  const different: string[] = []
  for (const [name, page] of Object.entries(PAGES)) {
    const file = join(root, name)
    const wanted = `${page()}\n`
    if ((await readOrNothing(file)) === wanted) continue
    different.push(name)
    if (write) await writeFile(file, wanted)
  }
  return different
}
