import { spawn } from 'node:child_process'
import { isUtf8 } from 'node:buffer'
import { mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { pathToFileURL } from 'node:url'
import { crc32 } from 'node:zlib'
import { CONTENTS } from './contents.ts'
import { nodeOf } from './node-binary.ts'
import type { TarEntry } from './tar.ts'

const CACHE = CONTENTS.environment.NODE_COMPILE_CACHE.slice(1)
const APP = CONTENTS.workdir.slice(1)
/**
 * In front of what is cached are five numbers of 32 bits: a magic number, the sizes of source and cached content, and the CRC-32 of each
 * (src/compile_cache.cc of Node). An entry that does not match them has no effect.
 */
const HEADER_BYTES = 20
const SIZE_AT = 8
const SUM_AT = 16
const SOURCE_URL = '//# sourceURL='

/**
 * Imports programs one after the other, each of which exits or ends, and prints the exit codes. One process, since they share most modules. It has no
 * arguments, which would be those of the programs.
 */
const LOAD = `
const codes = []
for (const program of JSON.parse(process.env.PROGRAMS)) {
  let code = 0
  process.exit = (given) => {
    code = given
    throw new Error('exit')
  }
  await import(program).catch((error) => {
    if (error.message !== 'exit') throw error
  })
  codes.push(code)
}
console.log(JSON.stringify(codes))
process.reallyExit(0)
`

/** Loads each program without arguments, which fills the cache. @throws Error if one ends otherwise than it should */
async function load(root: string, stage: string, programs: ReadonlyMap<string, number>): Promise<void> {
  const paths = [...programs.keys()].map((program) => pathToFileURL(join(stage, APP, program)).href)
  const child = spawn(nodeOf(root), [...CONTENTS.entrypoint.slice(1), '--input-type=module', '--eval', LOAD], {
    cwd: join(stage, APP),
    env: { ...CONTENTS.environment, NODE_COMPILE_CACHE: join(stage, CACHE), PROGRAMS: JSON.stringify(paths) },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [codes, errors] = await Promise.all([text(child.stdout), text(child.stderr)])
  const expected = JSON.stringify([...programs.values()])
  if (codes.trim() !== expected)
    throw new Error(`the programs of the image exit with ${codes.trim()} without arguments, not with ${expected}:\n${errors}`)
}

/** The name of the folder ends with the user who wrote it, and Node reads only that of its own user. */
const forUser = (name: string): string => name.replace(/-\d+$/, `-${CONTENTS.user.split(':')[0]}`)

/** Each text ends with the URL of its source, for stack traces: that of the image, and not that of the folder in which it was made. */
function inImage(cached: Buffer, stage: string): Buffer {
  const whole = cached.toString('utf8', HEADER_BYTES)
  const url = whole.lastIndexOf(SOURCE_URL)
  if (url === -1) throw new Error('a source without types does not end with its URL: does this version of Node have another compile cache?')
  const content = Buffer.from(whole.slice(0, url) + whole.slice(url).replace(pathToFileURL(stage).href, 'file://'))
  const header = Buffer.from(cached.subarray(0, HEADER_BYTES))
  header.writeUInt32LE(content.length, SIZE_AT)
  header.writeUInt32LE(crc32(content), SUM_AT)
  return Buffer.concat([header, content])
}

/**
 * What Node's compile cache holds of the sources: their text without types. Leaves out the compiled code of V8, which is other bytes each time, and saves
 * little beside. An entry whose source has changed has no effect.
 */
export async function compiledEntries(root: string, source: readonly TarEntry[]): Promise<readonly TarEntry[]> {
  const stage = await mkdtemp(join(tmpdir(), 'jit-compiled-'))
  try {
    for (const entry of source) {
      if (entry.kind !== 'file') continue
      await mkdir(dirname(join(stage, entry.path)), { recursive: true })
      await writeFile(join(stage, entry.path), entry.content)
    }
    await symlink(join(root, 'node_modules'), join(stage, APP, 'node_modules'))
    await load(root, stage, new Map([...CONTENTS.programs.map((each) => [each, 2] as const), ...CONTENTS.threads.map((each) => [each, 0] as const)]))
    const files = await readdir(join(stage, CACHE), { recursive: true, withFileTypes: true })
    const entries = await Promise.all(
      files
        .filter((file) => file.isFile())
        .map(async ({ name, parentPath }) => {
          return { path: `${CACHE}/${forUser(basename(parentPath))}/${name}`, cached: await readFile(join(parentPath, name)) }
        }),
    )
    // V8's code contains bytes that no text has.
    return entries
      .filter(({ cached }) => isUtf8(cached.subarray(HEADER_BYTES)))
      .map(({ path, cached }): TarEntry => ({ kind: 'file', path, mode: 0o644, content: inImage(cached, stage) }))
      .toSorted((one, other) => (one.path < other.path ? -1 : 1))
  } finally {
    await rm(stage, { recursive: true, force: true })
  }
}
