import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fileNameProblems } from '../../../hack/check/file-names.ts'
import { SOURCE_FOLDERS } from '../../../hack/check/folders.ts'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'jit-file-names-'))
  for (const folder of SOURCE_FOLDERS) await mkdir(join(root, folder))
})
afterEach(() => rm(root, { recursive: true, force: true }))

async function write(...files: readonly string[]): Promise<void> {
  for (const file of files) {
    await mkdir(dirname(join(root, file)), { recursive: true })
    await writeFile(join(root, file), '')
  }
}
const problems = (lists: { readonly roles?: object; readonly subjects?: object } = {}): Promise<readonly string[]> =>
  fileNameProblems(root, { roles: {}, subjects: {}, ...lists } as never)

describe('the check of file names', () => {
  it('accepts names of one file each, the API of a kind and its server, tests, and fakes of what they replace', async () => {
    await write('kube/client.ts', 'test/kube/client.test.ts', 'test/hack/client.test.ts', 'test/fakes/client.ts')
    await write('domain/api/a/grant.ts', 'apiserver/resources/grant.ts')
    expect(await problems()).toEqual([])
  })
  it.each([
    ['the product', 'console/pages/words.ts', 'domain/mask/words.ts'],
    ['hack and test', 'hack/demo/words.ts', 'test/webhook/words.ts'],
    ['one folder of the API and another folder', 'domain/api/words.ts', 'apiserver/machinery/words.ts'],
    ['the API alone', 'domain/api/a/words.ts', 'domain/api/b/words.ts'],
  ])('names two files of %s that have one name', async (_, one, other) => {
    await write(one, other)
    const [found = '', ...more] = await problems()
    expect(more).toEqual([])
    for (const part of ['words.ts: ', one, other, 'hack/check/shared-names.ts']) expect(found).toContain(part)
  })
  it('names a third file beside the API of a kind and its server', async () => {
    await write('domain/api/grant.ts', 'apiserver/resources/grant.ts', 'cli/grant.ts')
    expect(await problems()).toHaveLength(1)
  })
  it('accepts a role as often as it comes, and a subject once in each layer', async () => {
    await write('cli/certify/a/flags.ts', 'cli/certify/b/flags.ts', 'cli/certify/grants/grants.ts', 'console/pages/grants.ts')
    const lists = { roles: { flags: 'the flags of a command' }, subjects: { grants: 'AccessGrants' } }
    expect(await problems(lists)).toEqual([])
    await write('console/pages/agents/grants.ts')
    expect(await problems(lists)).toEqual(['grants.ts: console/pages/grants.ts and console/pages/agents/grants.ts have one name in console/pages/'])
  })
  it('names what is listed and has no second file', async () => {
    await write('kube/client.ts')
    expect(await problems({ subjects: { client: 'clients', constructor: 'none' } })).toEqual([
      'client.ts: no two files have this name; remove client from hack/check/shared-names.ts',
      'constructor.ts: no two files have this name; remove constructor from hack/check/shared-names.ts',
    ])
  })
  it('does not take a property of every object for a listed name', async () => {
    await write('kube/constructor.ts', 'cli/constructor.ts')
    expect(await problems()).toHaveLength(1)
  })
  it('fails when no file is found', async () => {
    expect(await problems()).toEqual(['no source file was found: the folders of this check are wrong'])
  })
})
