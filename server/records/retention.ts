import { readdir, stat, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import type { Witness } from '../../domain/record/file-events.ts'
import { isOver, readEarlier, type Writer } from './folder.ts'

export type Retention = {
  /** Files of the folder together, in bytes. Left out: 8 GiB, or 80 % of the volume where that is less. */
  readonly maxBytes?: number
  /** Files that nobody wrote to for so long. Left out: 90 days. */
  readonly maxAgeMs?: number
}

const MAX_BYTES = 8 * 1024 ** 3
const VOLUME_SHARE = 0.8
const MAX_AGE_MS = 90 * 24 * 3600_000
/** As many as one opening line can name; the others go with the next. */
const MAX_AT_ONCE = 64
/** A writer begins a new file each day, and touches the file of an idle day: one that is older has no writer, wherever it ran. */
const ABANDONED_MS = 3 * 24 * 3600_000

type Kept = { readonly name: string; readonly bytes: number; readonly writtenMs: number }

async function filesIn(dir: string): Promise<readonly Kept[]> {
  const names = (await readdir(dir)).filter((name) => name.endsWith('.jsonl')).toSorted()
  const found = await Promise.all(
    names.map((name) =>
      stat(join(dir, name)).then(
        ({ size, mtimeMs }): Kept => ({ name, bytes: size, writtenMs: mtimeMs }),
        () => undefined, // another replica was faster
      ),
    ),
  )
  return found.filter((file) => file !== undefined)
}

async function roomOf(dir: string, { maxBytes }: Retention): Promise<number> {
  if (maxBytes !== undefined) return maxBytes
  const { blocks, bsize } = await statfs(dir)
  return Math.min(MAX_BYTES, blocks * bsize * VOLUME_SHARE)
}

/** How far a file goes, when nobody writes it any more. Undefined: somebody may, or nothing of it can be read. */
async function witnessOfDone(dir: string, file: Kept, by: { readonly writer: Writer; readonly nowMs: number }): Promise<Witness | undefined> {
  const earlier = await readEarlier(dir, file.name).catch(() => undefined)
  if (earlier === undefined) return undefined
  return isOver(earlier, by.writer) || by.nowMs - file.writtenMs > ABANDONED_MS ? earlier.witness : undefined
}

/**
 * The files that are to go, oldest first, as the next opening line names them. A file that somebody may still write is never among them, nor one
 * of which nothing can be read, since nobody could say later how far it went.
 */
export async function outdatedFiles(
  dir: string,
  options: {
    readonly retention: Retention
    readonly writer: Writer
    readonly nowMs: number
    /** Of the file that is about to be opened. */ readonly needBytes: number
  },
): Promise<readonly Witness[]> {
  const { retention, nowMs } = options
  const files = await filesIn(dir)
  const room = await roomOf(dir, retention)
  let bytes = files.reduce((sum, file) => sum + file.bytes, options.needBytes)
  const going: Witness[] = []
  for (const file of files) {
    if (going.length === MAX_AT_ONCE) break
    if (bytes <= room && nowMs - file.writtenMs <= (retention.maxAgeMs ?? MAX_AGE_MS)) continue
    const witness = await witnessOfDone(dir, file, options)
    if (witness === undefined) continue
    going.push(witness)
    bytes -= file.bytes
  }
  return going
}
