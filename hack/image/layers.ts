import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFile, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { compiledEntries } from './compiled-entries.ts'
import { CONTENTS } from './contents.ts'
import { folder, folderEntries, withParents } from './folder-entries.ts'
import { nodeOf } from './node-binary.ts'
import { productionPackages } from './production-packages.ts'
import type { TarEntry } from './tar.ts'

/** A layer, and a key that changes whenever its bytes would. */
export type Layer = { readonly name: string; readonly key: string; readonly entries: () => Promise<readonly TarEntry[]> }

const APP = CONTENTS.workdir.slice(1)
const sha256 = (...parts: readonly (string | Buffer)[]): string =>
  parts.reduce((hash, part) => hash.update(part).update('\0'), createHash('sha256')).digest('hex')
const text = (path: string, content: string): TarEntry => ({ kind: 'file', path, mode: 0o644, content: Buffer.from(content) })

/** The shared libraries that a binary needs, at the paths where its loader looks for them. */
async function librariesOf(binary: string): Promise<readonly string[]> {
  const { stdout } = await promisify(execFile)('ldd', [binary])
  const paths = [...stdout.matchAll(/(?:=> )?(\/\S+) \(0x/g)].map(([, path]) => path ?? '')
  if (paths.length === 0 || stdout.includes('not found')) throw new Error(`ldd does not find the libraries of ${binary}:\n${stdout}`)
  return paths.toSorted()
}

/** Node and its libraries: changes with the version of Node and with the machine's libraries. */
async function runtimeLayer(root: string): Promise<Layer> {
  const node = nodeOf(root)
  const libraries = await librariesOf(node)
  const { version } = JSON.parse(await readFile(join(root, `node_modules/node-linux-${process.arch}/package.json`), 'utf8')) as { version: string }
  const contents = await Promise.all(libraries.map((path) => readFile(path)))
  return {
    name: 'runtime',
    key: sha256('runtime 1', process.arch, version, ...libraries, ...contents),
    entries: async () =>
      withParents([
        { kind: 'copy', path: 'usr/local/bin/node', mode: 0o755, source: node },
        ...(await Promise.all(
          libraries.map(async (path): Promise<TarEntry> => ({ kind: 'copy', path: path.slice(1), mode: 0o755, source: await realpath(path) })),
        )),
        text('etc/passwd', 'root:x:0:0:root:/:/sbin/nologin\njit:x:65532:65532:jit:/:/sbin/nologin\n'),
        text('etc/group', 'root:x:0:\njit:x:65532:\n'),
        text('etc/nsswitch.conf', 'hosts: files dns\n'),
        { kind: 'folder', path: 'tmp', mode: 0o1777 },
      ]),
  }
}

async function dependencyLayer(root: string): Promise<Layer> {
  const { folders, lock } = await productionPackages(root)
  return {
    name: 'dependencies',
    key: sha256('dependencies 1', lock),
    entries: async () =>
      withParents((await Promise.all(folders.map((path) => folderEntries(join(root, path), `${APP}/${path}`, new Set(['node_modules']))))).flat()),
  }
}

async function sourceLayer(root: string): Promise<Layer> {
  const folders = await Promise.all(CONTENTS.folders.map((name) => folderEntries(join(root, name), `${APP}/${name}`).catch(() => [])))
  const files = CONTENTS.files.map((name): TarEntry => ({ kind: 'copy', path: `${APP}/${name}`, mode: 0o644, source: join(root, name) }))
  const entries = await Promise.all(
    [...folders.flat(), ...files].map(async (entry): Promise<TarEntry> =>
      entry.kind === 'copy' ? { kind: 'file', path: entry.path, mode: entry.mode, content: await readFile(entry.source) } : entry,
    ),
  )
  const sorted = entries.toSorted((a, b) => (a.path < b.path ? -1 : 1))
  const key = sha256('source 1', ...sorted.flatMap((entry) => [entry.path, entry.kind === 'file' ? entry.content : '']))
  return { name: 'source', key, entries: () => Promise.resolve(withParents([folder(APP), ...sorted])) }
}

/** What Node compiles from the sources. */
function compiledLayer(root: string, runtime: Layer, source: Layer): Layer {
  return {
    name: 'compiled',
    key: sha256('compiled 1', runtime.key, source.key, JSON.stringify(CONTENTS)),
    entries: async () => withParents(await compiledEntries(root, await source.entries())),
  }
}

/** The layers; those that change most often come last. */
export async function layersOf(root: string): Promise<readonly Layer[]> {
  const [runtime, dependencies, source] = await Promise.all([runtimeLayer(root), dependencyLayer(root), sourceLayer(root)])
  return [runtime, dependencies, source, compiledLayer(root, runtime, source)]
}
