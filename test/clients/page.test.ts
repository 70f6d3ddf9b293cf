import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { recipe, releaseOf } from '../../hack/clients/recipe.ts'
import { tables } from './page.ts'

const PAGE = join(import.meta.dirname, '../../docs/reference/clients.md')

it('docs/reference/clients.md lists what the tests run', async () => {
  const page = await readFile(PAGE, 'utf8')
  const [, held = ''] = page.split('<!-- what follows is compared with test/clients/page.ts -->\n\n')
  expect(held).toBe(tables())
})

it('names every version that is built here', async () => {
  const page = await readFile(PAGE, 'utf8')
  for (const version of [...recipe.kubectl.map(releaseOf), ...recipe.helm, recipe.python]) expect(page).toContain(version.replace(/^v/, ''))
})
