import { mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { readOneVersion } from '../../server/mounted-folder.ts'

let dir: string
let version = 0
beforeEach(async () => void (dir = await mkdtemp(join(tmpdir(), 'mounted-'))))
afterEach(() => rm(dir, { recursive: true }))

/** Replaces the content as the kubelet does: a folder for the new version, then the link to it, and then the old one is removed. */
async function mount(files: { readonly [name: string]: string }): Promise<void> {
  const old = version
  version += 1
  await mkdir(join(dir, `..v${version}`))
  for (const [name, text] of Object.entries(files)) await writeFile(join(dir, `..v${version}`, name), text)
  await symlink(`..v${version}`, join(dir, '..data_tmp'))
  await rename(join(dir, '..data_tmp'), join(dir, '..data'))
  for (const name of Object.keys(files)) await symlink(join('..data', name), join(dir, name)).catch(() => undefined)
  await rm(join(dir, `..v${old}`), { recursive: true, force: true })
}

/** Reads both files, and `between` happens between the two. */
const readBoth = (between: () => Promise<void>) =>
  readOneVersion(dir, async (folder) => {
    const cert = await readFile(join(folder, 'cert'), 'utf8')
    await between()
    return { cert, key: await readFile(join(folder, 'key'), 'utf8') }
  })

it('reads two files of one version when the kubelet replaces them in between', async () => {
  await mount({ cert: 'cert 1', key: 'key 1' })
  let swaps = 0
  const both = await readBoth(async () => {
    if (swaps++ === 0) await mount({ cert: 'cert 2', key: 'key 2' })
  })
  expect([both, swaps]).toEqual([{ cert: 'cert 2', key: 'key 2' }, 2])
})

it('reads again what failed because a file went with its version', async () => {
  await mount({ cert: 'cert 1', key: 'key 1' })
  let swaps = 0
  const found = readOneVersion(dir, async (folder) => {
    if (swaps++ === 0) {
      await mount({ cert: 'cert 2' })
      return await readFile(join(folder, 'key'), 'utf8')
    }
    return await readFile(join(folder, 'cert'), 'utf8')
  })
  expect(await found).toBe('cert 2')
})

it('gives up when every reading is overtaken', async () => {
  await mount({ cert: 'c', key: 'k' })
  let swaps = 0
  await expect(readBoth(() => mount({ cert: `c${(swaps += 1)}`, key: 'k' }))).rejects.toThrow('it changes faster')
  expect(swaps).toBe(5)
})

it('reads a folder that the kubelet does not write, and says what fails there', async () => {
  await writeFile(join(dir, 'cert'), 'c')
  await expect(readBoth(async () => undefined)).rejects.toMatchObject({ code: 'ENOENT', path: join(dir, 'key') })
  await writeFile(join(dir, 'key'), 'k')
  expect(await readBoth(async () => undefined)).toEqual({ cert: 'c', key: 'k' })
})
