import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { PLUGINS } from '../../../hack/plugins/plugins.ts'

const run = promisify(execFile)
const ROOT = join(import.meta.dirname, '../../..')
const MAIN = join(ROOT, 'hack/plugins/main.ts')
const { version, bin } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as { readonly version: string; readonly bin: object }
const ARCHIVE = `jit-access-plugins-v${version}.tar.gz`

let dir: string
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'jit-plugins-'))
  await run(process.execPath, [MAIN, '--out', dir, '--uri', `https://mirror.example.com/${ARCHIVE}`])
})
afterAll(() => rm(dir, { recursive: true, force: true }))

describe('the plugins that npm run plugins makes', () => {
  it.each(PLUGINS)('%s runs alone, with nothing of the project beside it', async (plugin) => {
    const { stdout } = await run(process.execPath, [join(dir, plugin), '--help'], { cwd: dir, env: {} })
    expect(stdout).toContain('Examples:')
    expect((await stat(join(dir, plugin))).mode & 0o111).toBe(0o111)
  })
  it.each(PLUGINS)('%s checks the version of Node before it loads anything', async (plugin) => {
    const text = await readFile(join(dir, plugin), 'utf8')
    expect(text).not.toMatch(/^import /m)
    expect(text.indexOf('this kubectl plugin needs Node')).toBeLessThan(text.indexOf('await import('))
  })
  it('are the commands of the package', () => {
    expect(bin).toEqual(Object.fromEntries(PLUGINS.map((plugin) => [plugin, `dist/plugins/${plugin}`])))
  })
  it('are packed into an archive that krew can verify, to the same bytes each time', async () => {
    const packed = await readFile(join(dir, ARCHIVE))
    const manifest = parse(await readFile(join(dir, 'certify.yaml'), 'utf8')) as {
      readonly metadata: { readonly name: string }
      readonly spec: {
        readonly version: string
        readonly platforms: readonly { readonly uri: string; readonly sha256: string; readonly bin: string }[]
      }
    }
    expect([manifest.metadata.name, manifest.spec.version]).toEqual(['certify', `v${version}`])
    for (const { uri, sha256, bin: program } of manifest.spec.platforms)
      expect([uri, sha256, program]).toEqual([
        `https://mirror.example.com/${ARCHIVE}`,
        createHash('sha256').update(packed).digest('hex'),
        'kubectl-certify',
      ])
    await run(process.execPath, [MAIN, '--out', dir, '--uri', `https://mirror.example.com/${ARCHIVE}`])
    expect((await readFile(join(dir, ARCHIVE))).equals(packed)).toBe(true)
    const { stdout } = await run('tar', ['-tzf', join(dir, ARCHIVE)])
    expect(stdout.trim().split('\n').toSorted()).toEqual(['LICENSE', ...PLUGINS].toSorted())
  })
})
