import { globSync, readFileSync } from 'node:fs'
import { idsOf } from '../../hack/attack/corpus.ts'

/** Every id at the start of a test title in this folder, by whether the test runs. */
export function titles(): { readonly tested: ReadonlySet<string>; readonly open: ReadonlySet<string> } {
  const tested = new Set<string>()
  const open = new Set<string>()
  for (const file of globSync('test/attack/**/*.test.ts'))
    for (const [, quote, text = ''] of readFileSync(file, 'utf8').matchAll(/(['`])((?:[A-KX]\d{2,3} )+[^\n]*)/g)) {
      const todo = new RegExp(`it[.]todo\\(\\s*${quote ?? ''}${text.slice(0, 8).replaceAll(/[^\w ]/g, '.')}`).test(readFileSync(file, 'utf8'))
      for (const id of idsOf(text)) (todo ? open : tested).add(id)
    }
  return { tested, open }
}
