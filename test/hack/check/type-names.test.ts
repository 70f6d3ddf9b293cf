import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { PRODUCT_FOLDERS } from '../../../hack/check/folders.ts'
import { typeNameProblems } from '../../../hack/check/type-names.ts'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'jit-names-'))
  for (const folder of PRODUCT_FOLDERS) await mkdir(join(root, folder))
})
afterEach(() => rm(root, { recursive: true, force: true }))

describe('the check of type names', () => {
  it('accepts types of one name if at most one file exports it', async () => {
    await writeFile(join(root, 'kube/a.ts'), 'export type Page = { readonly a: string }\n')
    await writeFile(join(root, 'cli/b.ts'), 'type Page = string\nexport const Page = 1\nexport type { Page as Other }\n')
    expect(await typeNameProblems(root)).toEqual([])
  })
  it('names each type that two files export, and the files', async () => {
    await writeFile(join(root, 'kube/a.ts'), 'export type Page<T> = T\nexport class Store {}\n')
    await writeFile(join(root, 'cli/b.ts'), 'export interface Page {\n}\nexport abstract class Store {}\n')
    expect(await typeNameProblems(root)).toEqual(['Page: exported by kube/a.ts and cli/b.ts', 'Store: exported by kube/a.ts and cli/b.ts'])
  })
  it('fails when no type is found', async () => {
    expect(await typeNameProblems(root)).toEqual(['no exported type was found: the folders of this check are wrong'])
  })
})
