import { readdir, stat, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import type { Witness } from '../../domain/record/file-events.ts'
import { isOver, readEarlier, type Writer } from './folder.ts'

export type Retention = {
  /** Maximum total size of the files in the folder, in bytes. Optional. Defaults to 8 GiB, or 80 % of the volume when that is less. */
  readonly maxBytes?: number
  /** Maximum time since the last write to a file. Optional. Defaults to 90 days. */
  readonly maxAgeMs?: number
}

const MAX_BYTES = 8 * 1024 ** 3
const VOLUME_SHARE = 0.8
const MAX_AGE_MS = 90 * 24 * 3600_000
/** The number of files that one opening line can name; the next one names the others. */
const MAX_AT_ONCE = 64
/** A writer starts a new file each day and touches an idle file each hour: an older file has no writer on any host. */
const ABANDONED_MS = 3 * 24 * 3600_000

type StoredFile = { readonly name: string; readonly bytes: number; readonly writtenMs: number }

async function filesIn(dir: string): Promise<readonly StoredFile[]> {
  const names = (await readdir(dir)).filter((name) => name.endsWith('.jsonl')).toSorted()
  const found = await Promise.all(
    names.map((name) =>
      stat(join(dir, name)).then(
        ({ size, mtimeMs }): StoredFile => ({ name, bytes: size, writtenMs: mtimeMs }),
        () => undefined, // another replica removed it
      ),
    ),
  )
  return found.filter((file) => file !== undefined)
}

async function limitOf(dir: string, { maxBytes }: Retention): Promise<number> {
  if (maxBytes !== undefined) return maxBytes
  const { blocks, bsize } = await statfs(dir)
  return Math.min(MAX_BYTES, blocks * bsize * VOLUME_SHARE)
}

/** How far a file goes, if no writer uses it any more. Undefined when a writer may use it, or when none of it is readable. */
async function witnessOfFinished(
  dir: string,
  file: StoredFile,
  by: { readonly writer: Writer; readonly nowMs: number },
): Promise<Witness | undefined> {
  const earlier = await readEarlier(dir, file.name).catch(() => undefined)
  if (earlier === undefined) return undefined
  return isOver(earlier, by.writer) || by.nowMs - file.writtenMs > ABANDONED_MS ? earlier.witness : undefined
}

/**
 * The files to remove, oldest first, as the next opening line names them. Never includes a file that a writer may still use, nor an unreadable one,
 * since no line could state how far it went.
 */
export async function outdatedFiles(
  dir: string,
  options: {
    readonly retention: Retention
    readonly writer: Writer
    readonly nowMs: number
    /** Reserved for the file that is about to be opened. */ readonly needBytes: number
  },
): Promise<readonly Witness[]> {
  const { retention, nowMs } = options
  const files = await filesIn(dir)
  const limit = await limitOf(dir, retention)
  let bytes = files.reduce((sum, file) => sum + file.bytes, options.needBytes)
  const outdated: Witness[] = []
  for (const file of files) {
    if (outdated.length === MAX_AT_ONCE) break
    if (bytes <= limit && nowMs - file.writtenMs <= (retention.maxAgeMs ?? MAX_AGE_MS)) continue
    const witness = await witnessOfFinished(dir, file, options)
    if (witness === undefined) continue
    outdated.push(witness)
    bytes -= file.bytes
  }
  return outdated
}
