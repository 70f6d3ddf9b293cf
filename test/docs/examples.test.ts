import { globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { expect, it } from 'vitest'
import { parse } from 'yaml'

const ROOT = join(import.meta.dirname, '../..')
const FILES = globSync('examples/*.yaml', { cwd: ROOT }).sort()
const text = (file: string): string => readFileSync(join(ROOT, file), 'utf8')

/** The policies of the page, by name. */
const PAGE: ReadonlyMap<string, string> = new Map(
  [...text('docs/policies.md').matchAll(/^```yaml\n([^]*?)^```$/gm)].map(([, yaml = '']) => [
    (parse(yaml) as { readonly metadata: { readonly name: string } }).metadata.name,
    yaml,
  ]),
)

it('examples/ has the policies of docs/policies.md, each in a file of its name', () => {
  expect(FILES.map((file) => basename(file, '.yaml'))).toEqual([...PAGE.keys()].sort())
})
it.each(FILES)('%s is what the page shows', (file) => {
  expect(text(file)).toBe(PAGE.get(basename(file, '.yaml')))
})
it.each(FILES)('the index names %s', (file) => {
  expect(text('examples/README.md')).toContain(`[${basename(file)}](${basename(file)})`)
})
