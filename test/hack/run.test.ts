import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runProgram, type Ran } from '../cluster/run-program.ts'

const RUN = join(import.meta.dirname, '../../hack/run.mjs')

// A minimal project: its npm is a script that logs each call and installs what npm would.
describe('hack/run.mjs', () => {
  let root: string
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'jit-run-'))
    await mkdir(join(root, 'hack'))
    await mkdir(join(root, 'bin'))
    await copyFile(RUN, join(root, 'hack/run.mjs'))
    await lock('1.0.0')
    const npm = `#!/bin/sh
echo "$@" >> calls
while [ -e slow ]; do sleep 0.05; done
mkdir -p node_modules/.bin
ln -sf ${process.execPath} node_modules/.bin/node
cp package-lock.json node_modules/.package-lock.json
`
    await writeFile(join(root, 'bin/npm'), npm)
    await chmod(join(root, 'bin/npm'), 0o755)
    await writeFile(
      join(root, 'hack/target.ts'),
      'const words: string[] = process.argv.slice(2)\nconsole.log(words.join(" "), process.execPath)\nprocess.exit(7)\n',
    )
  })
  afterEach(() => rm(root, { recursive: true, force: true }))

  const lock = (version: string): Promise<void> =>
    writeFile(
      join(root, 'package-lock.json'),
      JSON.stringify({ packages: { '': {}, 'node_modules/a': { version, integrity: 'sha512-a' }, 'node_modules/b': { version, optional: true } } }),
    )
  const run = (...args: readonly string[]): Promise<Ran> =>
    runProgram(process.execPath, [join(root, 'hack/run.mjs'), ...args], { env: { PATH: `${join(root, 'bin')}:/usr/bin:/bin`, npm_execpath: '' } })
  const calls = async (): Promise<number> => (await readFile(join(root, 'calls'), 'utf8').catch(() => '')).split('\n').length - 1

  it('installs when node_modules is missing, then runs the target on the project’s Node and keeps its exit code', async () => {
    const ran = await run('hack/target.ts', 'one', '--two')
    expect([ran.code, ran.stdout]).toEqual([7, `one --two ${process.execPath}\n`])
    expect(ran.stderr).toMatch(/^node_modules is missing or does not match package-lock.json: npm ci …\ninstalled in \d+ s\n$/)
    expect(await readFile(join(root, 'calls'), 'utf8')).toBe('ci --no-fund --no-audit --loglevel=error\n')
  })

  it('installs again when the lock file changed, and only then', async () => {
    await run('hack/target.ts')
    expect((await run('hack/target.ts')).stderr).toBe('')
    expect(await calls()).toBe(1)
    await lock('1.0.1')
    await run('hack/target.ts')
    expect(await calls()).toBe(2)
  })

  it('installs once when two scripts start at once', async () => {
    await writeFile(join(root, 'slow'), '')
    let said = ''
    const start = async (): Promise<unknown> => {
      const env = { PATH: `${join(root, 'bin')}:/usr/bin:/bin`, npm_execpath: '' }
      const child = spawn(process.execPath, [join(root, 'hack/run.mjs'), 'hack/target.ts'], { env, stdio: ['ignore', 'ignore', 'pipe'] })
      child.stderr.setEncoding('utf8').on('data', (chunk: string) => (said += chunk))
      const [code] = (await once(child, 'close')) as [number | null]
      return code
    }
    const both = [start(), start()]
    await expect.poll(() => said).toContain('another script is installing node_modules; waiting for it …')
    await rm(join(root, 'slow'))
    expect(await Promise.all(both)).toEqual([7, 7])
    expect(await calls()).toBe(1)
  })

  it('reports that npm failed', async () => {
    await writeFile(join(root, 'bin/npm'), '#!/bin/sh\nexit 3\n')
    expect(await run('hack/target.ts')).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/npm ci ended with code 3\n$/) })
  })

  it('runs a program of node_modules by its name', async () => {
    await run('hack/target.ts')
    await mkdir(join(root, 'node_modules/tool'))
    await writeFile(join(root, 'node_modules/tool/package.json'), '{"bin":{"tool":"tool.mjs"}}')
    await writeFile(join(root, 'node_modules/tool/tool.mjs'), 'console.log("tool", process.argv[2])')
    expect(await run('tool', 'go')).toMatchObject({ code: 0, stdout: 'tool go\n' })
  })

  it('forwards signals and exits as the target did', async () => {
    await run('hack/target.ts')
    await writeFile(
      join(root, 'hack/target.ts'),
      'process.on("SIGTERM", () => { console.log("ending"); process.exit(5) })\nconsole.log("up")\nsetInterval(() => undefined, 1000)\n',
    )
    const child = spawn(process.execPath, [join(root, 'hack/run.mjs'), 'hack/target.ts'], { stdio: ['ignore', 'pipe', 'ignore'] })
    let said = ''
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      said += chunk
      if (said === 'up\n') child.kill('SIGTERM')
    })
    expect(await once(child, 'close')).toEqual([5, null])
    expect(said).toBe('up\nending\n')
  })

  it('keeps compiled code in the cache folder of the user, unless the user names another', async () => {
    await run('hack/target.ts')
    await writeFile(join(root, 'hack/target.ts'), 'console.log(process.env["NODE_COMPILE_CACHE"])\n')
    const env = { XDG_CACHE_HOME: join(root, 'caches'), NODE_COMPILE_CACHE: undefined }
    const kept = async (more: object): Promise<string> => {
      const child = spawn(process.execPath, [join(root, 'hack/run.mjs'), 'hack/target.ts'], { env: { ...process.env, ...env, ...more } })
      return text(child.stdout)
    }
    expect(await kept({})).toBe(`${join(root, 'caches/jit-access/compiled')}\n`)
    expect(await kept({ NODE_COMPILE_CACHE: join(root, 'own') })).toBe(`${join(root, 'own')}\n`)
  })

  it('refuses an old Node on a platform for which npm has no pinned one', async () => {
    const { findNode } = (await import(RUN)) as { findNode: (root: string, own: { readonly execPath: string; readonly version: string }) => string }
    expect(() => findNode(root, { execPath: '/usr/bin/node', version: '22.1.0' })).toThrow('This needs Node >= 24.')
    expect(findNode(root, { execPath: '/usr/bin/node', version: '24.0.1' })).toBe('/usr/bin/node')
    await mkdir(join(root, 'node_modules/.bin'), { recursive: true })
    await symlink(process.execPath, join(root, 'node_modules/.bin/node'))
    expect(findNode(root, { execPath: '/usr/bin/node', version: '22.1.0' })).toBe(join(root, 'node_modules/.bin/node'))
  })
})
