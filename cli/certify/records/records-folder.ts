import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { ReadableFolder } from '../../../domain/record/verify/verify.ts'
import { usage } from '../../terminal/exit-code.ts'

/** `gone`: files that were removed after they were listed. They read as empty. */
export type OpenedRecords = ReadableFolder & { readonly gone: ReadonlySet<string> }

/** A listed file, and its size when it was listed. */
type Listed = { readonly path: string; readonly bytes: number }

/** A server creates and removes a few files a minute, and a listing takes milliseconds. */
const LISTINGS = 20

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
const isMissing = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOENT'

async function pathsIn(dir: string): Promise<readonly string[]> {
  try {
    return (await readdir(dir, { recursive: true })).filter((name) => name.endsWith('.jsonl')).toSorted()
  } catch (error) {
    throw usage(`${dir} cannot be read: ${messageOf(error)}`)
  }
}

/** The size of a file. Undefined when it is gone. @throws CommandError */
async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size
  } catch (error) {
    if (isMissing(error)) return undefined
    throw usage(`${path} cannot be read: ${messageOf(error)}`)
  }
}

/**
 * The files of one moment with their sizes: lists until no file came or went in between. A server may write the folder. With its later lines, a file
 * would name a file that is not listed.
 */
async function listFiles(dir: string): Promise<readonly Listed[]> {
  let names = await pathsIn(dir)
  for (let listings = 1; ; listings += 1) {
    const sizes = await Promise.all(names.map((name) => sizeOf(join(dir, name))))
    const listed = names.flatMap((name, index) => {
      const bytes = sizes[index]
      return bytes === undefined ? [] : [{ path: join(dir, name), bytes }]
    })
    const next = await pathsIn(dir)
    if (next.join('\n') === names.join('\n') || listings === LISTINGS) return listed
    names = next
  }
}

async function* bytesOf({ path, bytes }: Listed, gone: () => void): AsyncGenerator<Uint8Array> {
  if (bytes === 0) return
  try {
    for await (const chunk of createReadStream(path, { end: bytes - 1, highWaterMark: 256 * 1024 })) yield chunk as Buffer
  } catch (error) {
    if (!isMissing(error)) throw usage(`${path} cannot be read: ${messageOf(error)}`)
    gone()
  }
}

/**
 * The files of a records folder and its subfolders as they are now, oldest first: each writer may have its own folder, and file names are unique across
 * all of them. @throws CommandError when there are none, because an empty folder verifies nothing
 */
export async function openRecords(dir: string): Promise<OpenedRecords> {
  const files = new Map<string, Listed>()
  for (const listed of await listFiles(dir)) {
    const file = basename(listed.path)
    if (files.has(file)) throw usage(`${file} is in ${dir} twice`, 'look at one folder of records at a time')
    files.set(file, listed)
  }
  if (files.size === 0) throw usage(`${dir} holds no records`, 'records are files named *.jsonl')
  const gone = new Set<string>()
  return {
    files: [...files.keys()].sort(),
    gone,
    read: (file) => bytesOf(files.get(file) ?? { path: '', bytes: 0 }, () => gone.add(file)),
  }
}
