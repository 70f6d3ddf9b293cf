import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { COMPLETER, PLUGINS } from '../../../hack/plugins/plugins.ts'

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
    expect(bin).toEqual(Object.fromEntries([...PLUGINS, COMPLETER].map((plugin) => [plugin, `dist/plugins/${plugin}`])))
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
    expect(stdout.trim().split('\n').toSorted()).toEqual(['LICENSE', ...PLUGINS, COMPLETER].toSorted())
  })
  it('have a manifest that keeps the rules of krew', async () => {
    const text = await readFile(join(dir, 'certify.yaml'), 'utf8')
    const manifest = parse(text) as {
      readonly apiVersion: string
      readonly kind: string
      readonly metadata: { readonly name: string }
      readonly spec: {
        readonly version: string
        readonly shortDescription: string
        readonly description: string
        readonly platforms: readonly {
          readonly selector: { readonly matchLabels: { readonly os: string } }
          readonly sha256: string
          readonly bin: string
          readonly files: readonly { readonly from: string; readonly to: string }[]
        }[]
      }
    }
    const { stdout } = await run('tar', ['-tzf', join(dir, ARCHIVE)])
    const packed = stdout.trim().split('\n')
    expect([manifest.apiVersion, manifest.kind]).toEqual(['krew.googlecontainertools.github.com/v1alpha2', 'Plugin'])
    expect(manifest.metadata.name).toMatch(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/)
    expect(manifest.spec.version).toMatch(/^v\d+\.\d+\.\d+/)
    expect(manifest.spec.shortDescription.length).toBeLessThanOrEqual(50)
    expect(manifest.spec.description).not.toBe('')
    for (const { selector, sha256, bin: program, files } of manifest.spec.platforms) {
      expect(['linux', 'darwin']).toContain(selector.matchLabels.os)
      expect(sha256).toMatch(/^[0-9a-f]{64}$/)
      expect(files.map(({ from }) => from).filter((from) => !packed.includes(from))).toEqual([])
      expect(files.map(({ from }) => from)).toEqual(expect.arrayContaining([program, COMPLETER, 'LICENSE']))
    }
  })
  it('complete by the protocol of kubectl', async () => {
    const env = { ...process.env, PATH: [dir, dirname(process.execPath), process.env['PATH'] ?? ''].join(':') }
    const { stdout } = await run(join(dir, COMPLETER), ['rev'], { env })
    expect(stdout).toBe('revoke\nreviews\nreview\n:4\n')
  })
})
