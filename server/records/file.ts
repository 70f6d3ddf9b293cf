import { constants, fdatasync, ftruncateSync, writeSync } from 'node:fs'
import { link as linkFile, open, unlink, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { GENESIS, jsonFields, link, type Head } from '../../domain/record/chain.ts'
import { formatWitness, type FileEvent, type Witness } from '../../domain/record/file-events.ts'
import type { Lines } from './linked-lines.ts'

/** A file that is being written, with the end of the file and of its chain. All values except `durable` describe what is written. */
export type RecordFile = {
  readonly name: string
  readonly head: Head
  /** The head that survives a power failure. */
  readonly durable: Head
  readonly bytes: number
  readonly lines: number
  readonly openedMs: number
  /**
   * Writes all lines or none; after that they survive the end of this process. Synchronous and not in the thread pool: a write to the page cache
   * takes microseconds, which is less than a thread takes. While a disk hangs, nothing can be recorded, so nothing may be done either. When it
   * throws, none of the lines is in the file, or `spoiled` is true.
   */
  append(lines: Lines): void
  /** Makes the written lines durable. When it throws, `spoiled` is true. */
  sync(): Promise<void>
  /** Whether the file must not be written again: after a failed sync, its contents on disk are unknown. */
  spoiled(): boolean
  /** How far the file went, for the opening line of the next file. */
  witness(): Promise<Witness>
  close(): Promise<void>
}

export type NewFile = { readonly dir: string; readonly name: string; readonly mode: number; readonly nowMs: number }

/** Content of the opening line, without the file name. */
export type Opening = {
  readonly writer: string
  readonly continues: Witness | undefined
  readonly witnessed: readonly Witness[]
  readonly missing: readonly string[]
  /** Files that retention removes as soon as this line is durable. */
  readonly removed: readonly Witness[]
  readonly removedUpTo: string | undefined
}

async function writeAll(handle: FileHandle, bytes: Buffer, from: number): Promise<void> {
  for (let at = 0; at < bytes.length;) at += (await handle.write(bytes, at, bytes.length - at, from + at)).bytesWritten
}

/** Syncs the folder, so that the name of a new file survives a power failure. */
async function syncFolder(dir: string): Promise<void> {
  const handle = await open(dir, constants.O_RDONLY | constants.O_DIRECTORY)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

function openingOf(
  file: string,
  { writer, continues, witnessed, missing, removed, removedUpTo }: Opening,
): Extract<FileEvent, { readonly event: 'file.opened' }> {
  return {
    event: 'file.opened',
    file,
    writer,
    ...(continues === undefined ? {} : { continues: formatWitness(continues) }),
    ...(witnessed.length === 0 ? {} : { witnessed: witnessed.map(formatWitness) }),
    ...(missing.length === 0 ? {} : { missing }),
    ...(removed.length === 0 ? {} : { removed: removed.map(formatWitness) }),
    ...(removedUpTo === undefined ? {} : { removedUpTo }),
  }
}

/**
 * Creates a file with only its opening line. It receives its name only after that line is durable, so that no reader and no crash leaves a file
 * without one, and it never replaces another file.
 */
export async function createRecordFile(file: NewFile, opening: Opening): Promise<RecordFile> {
  const path = join(file.dir, file.name)
  const draft = `${path}.new`
  const opened = link(opening.continues ?? GENESIS, file.nowMs, jsonFields(openingOf(file.name, opening)))
  const first = Buffer.from(opened.line)
  const handle = await open(draft, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, file.mode)
  try {
    await handle.chmod(file.mode) // regardless of the umask
    await writeAll(handle, first, 0)
    await handle.sync()
    await linkFile(draft, path)
    await unlink(draft)
    await syncFolder(file.dir)
  } catch (error) {
    await handle.close().catch(() => undefined)
    await unlink(draft).catch(() => undefined)
    throw error
  }
  return writing(file, handle, { head: opened.head, bytes: first.length })
}

function writeAllNow(fd: number, bytes: Buffer, from: number): void {
  for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at, bytes.length - at, from + at)
}

function writing(file: NewFile, handle: FileHandle, start: { readonly head: Head; readonly bytes: number }): RecordFile {
  const { fd } = handle
  let { head, bytes } = start
  let durable = head
  let lines = 1
  let spoiled = false

  return {
    name: file.name,
    openedMs: file.nowMs,
    get head() {
      return head
    },
    get durable() {
      return durable
    },
    get bytes() {
      return bytes
    },
    get lines() {
      return lines
    },
    append: (added) => {
      try {
        writeAllNow(fd, added.bytes, bytes)
      } catch (error) {
        try {
          ftruncateSync(fd, bytes)
        } catch {
          spoiled = true
        }
        throw error
      }
      head = added.head
      bytes += added.bytes.length
      lines += added.count
    },
    sync: () =>
      new Promise((resolve, reject) => {
        const upTo = head
        fdatasync(fd, (error) => {
          if (error === null) {
            durable = upTo
            return resolve()
          }
          spoiled = true
          reject(error)
        })
      }),
    spoiled: () => spoiled,
    witness: async () => {
      const { size } = await handle.stat()
      return { file: file.name, ...head, bytes, torn: Math.max(0, size - bytes) }
    },
    close: () => handle.close(),
  }
}
