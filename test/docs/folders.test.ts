import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { PRODUCT_FOLDERS } from '../../hack/check/folders.ts'

const ROOT = join(import.meta.dirname, '../..')
const foldersIn = (folder: string): readonly string[] =>
  readdirSync(join(ROOT, folder), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort()

describe.each(PRODUCT_FOLDERS)('%s/README.md', (folder) => {
  const text = readFileSync(join(ROOT, folder, 'README.md'), 'utf8')

  it('says what each folder of it is', () => {
    const named = [...text.matchAll(/^\| \[([\w-]+)\/\]\(\1\) \| \S/gm)].map(([, name = '']) => name)
    expect(named.toSorted()).toEqual(foldersIn(folder))
  })
  it('says where to start', () => {
    const [, start = ''] = /Start reading at \[([^\]]+)\]/.exec(text) ?? []
    expect(existsSync(join(ROOT, folder, start || '-'))).toBe(true)
  })
})
