import { open, readdir, stat, unlink, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { LINE_LIMIT, readLine, type ChainLine } from '../../domain/record/chain.ts'
import { readWitness, type Witness } from '../../domain/record/file-events.ts'
import { hasErrorCode, unlessMissing } from '../system-error.ts'

/** A file of an earlier writer: how far it goes, and its writer. */
export type Earlier = {
  readonly witness: Witness
  readonly writer: string
  readonly continues: string | undefined
  readonly closed: boolean
  /** The file that the closing line names. */
  readonly next: string | undefined
  /** How far retention had come when the file was opened. */
  readonly removedUpTo: string | undefined
}

/** Maximum number of files that an opening line states, newest first, besides the one that it continues. Those files state older ones. */
const MAX_WITNESSED = 64
const LINE_FEED = 0x0a

type Part = { readonly from: number; readonly length: number }

async function readPart(handle: FileHandle, { from, length }: Part): Promise<Buffer> {
  const buffer = Buffer.alloc(length)
  let read = 0
  while (read < length) {
    const { bytesRead } = await handle.read(buffer, read, length - read, from + read)
    if (bytesRead === 0) break
    read += bytesRead
  }
  return buffer.subarray(0, read)
}

/** The last intact line, and the offset after it. Skips a torn end and damaged lines. */
function lastGood(tail: Buffer): { readonly line: ChainLine; readonly end: number } | undefined {
  for (let end = tail.lastIndexOf(LINE_FEED); end >= 0; end = end === 0 ? -1 : tail.lastIndexOf(LINE_FEED, end - 1)) {
    const start = end === 0 ? 0 : tail.lastIndexOf(LINE_FEED, end - 1) + 1
    const line = readLine(tail.subarray(start, end))
    if (line !== undefined) return { line, end: end + 1 }
  }
  return undefined
}

/** Bytes to read at each attempt. Most lines are short, so as much as the longest line may take is read only when the first attempt is not enough. */
const READ_SIZES = [16 * 1024, 2 * LINE_LIMIT] as const

async function readLast(handle: FileHandle, size: number): Promise<{ readonly line: ChainLine; readonly bytes: number } | undefined> {
  for (const length of READ_SIZES) {
    const from = Math.max(0, size - length)
    const good = lastGood(await readPart(handle, { from, length: size - from }))
    if (good !== undefined) return { line: good.line, bytes: from + good.end }
  }
  return undefined
}

async function readFirst(handle: FileHandle, size: number): Promise<ChainLine | undefined> {
  for (const length of READ_SIZES) {
    const begin = await readPart(handle, { from: 0, length: Math.min(size, length) })
    const end = begin.indexOf(LINE_FEED)
    if (end >= 0) return readLine(begin.subarray(0, end))
  }
  return undefined
}

/** Undefined for a file without a readable line, which `verify` reports, and for a file that retention of another writer has removed. */
export async function readEarlier(dir: string, file: string): Promise<Earlier | undefined> {
  const handle = await unlessMissing(open(join(dir, file)))
  if (handle === undefined) return undefined
  try {
    const { size } = await handle.stat()
    const [opening, last] = [await readFirst(handle, size), await readLast(handle, size)]
    if (last === undefined || opening?.event !== 'file.opened') return undefined
    const { seq, hash, ...line } = last.line
    const { removedUpTo } = opening
    const next = line.event === 'file.closed' ? line['next'] : undefined
    return {
      witness: { file, seq, hash, bytes: last.bytes, torn: size - last.bytes },
      writer: String(opening['writer']),
      continues: readWitness(opening['continues'])?.file,
      closed: line.event === 'file.closed',
      next: typeof next === 'string' ? next : undefined,
      removedUpTo: typeof removedUpTo === 'string' ? removedUpTo : undefined,
    }
  } finally {
    await handle.close()
  }
}

export type Folder = {
  /** Newest first. */
  readonly earlier: readonly Earlier[]
  /** Files that closing lines name and that do not exist. */
  readonly missing: readonly string[]
}

export async function readFolder(dir: string): Promise<Folder> {
  const names = (await readdir(dir)).filter((name) => name.endsWith('.jsonl')).sort()
  const earlier: Earlier[] = []
  for (const name of names.slice(-MAX_WITNESSED).reverse()) {
    const file = await readEarlier(dir, name)
    if (file !== undefined) earlier.push(file)
  }
  const next = earlier.map((file) => file.next).filter((name) => name !== undefined)
  return { earlier, missing: next.filter((name) => !names.includes(name)) }
}

/** A draft exists only for the duration of one sync; a writer that was killed left an older one. */
const DRAFT_MS = 60_000

export async function removeDrafts(dir: string, nowMs: number): Promise<void> {
  for (const name of (await readdir(dir)).filter((file) => file.endsWith('.jsonl.new'))) {
    const path = join(dir, name)
    // Another writer that starts now names its draft, or removes the same old draft.
    const draft = await unlessMissing(stat(path))
    if (draft !== undefined && nowMs - draft.mtimeMs > DRAFT_MS) await unlessMissing(unlink(path))
  }
}

export type Writer = { readonly host: string; readonly pid: number }

/** Whether a process is running. A process of another user counts as running. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return !hasErrorCode(error, 'ESRCH')
  }
}

/** Whether no writer uses the file any more: its writer closed it, or was a process of this host that has ended. */
export function isOver({ closed, writer }: Earlier, self: Writer): boolean {
  if (closed) return true
  const [host = '', pid = ''] = writer.split(' ')
  return host === self.host && (Number(pid) === self.pid || !isRunning(Number(pid)))
}

/**
 * The file whose chain a new writer continues: the newest without a writer that no other file continues. Two writers that start at the same time may
 * both choose it; the chain then forks, which `verify` supports. Without such a file a new chain begins, whose opening line still states all other
 * files.
 */
export function fileToContinue(earlier: readonly Earlier[], self: Writer): Earlier | undefined {
  const continued = new Set(earlier.map(({ continues }) => continues))
  return earlier.find((file) => !continued.has(file.witness.file) && isOver(file, self))
}
