import { open, readdir, stat, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { LINE_LIMIT, readLine, type ChainLine } from '../domain/record/chain.ts'
import { readWitness, type Witness } from '../domain/record/file-events.ts'

/** A file that somebody wrote before: how far it goes, and who wrote it. */
export type Earlier = {
  readonly witness: Witness
  readonly writer: string
  readonly continues: string | undefined
  readonly last: ChainLine
}

/** Files that an opening line vouches for besides the one it continues, newest first. Older ones are vouched for by these. */
const MOST = 64
const LINE_FEED = 0x0a

async function readPart(path: string, place: (size: number) => { readonly from: number; readonly length: number }): Promise<Buffer> {
  const handle = await open(path)
  try {
    const { from, length } = place((await handle.stat()).size)
    const buffer = Buffer.alloc(length)
    let read = 0
    while (read < length) {
      const { bytesRead } = await handle.read(buffer, read, length - read, from + read)
      if (bytesRead === 0) break
      read += bytesRead
    }
    return buffer.subarray(0, read)
  } finally {
    await handle.close()
  }
}

/** The last line that stands as it was written, and the offset behind it. A torn end and a damaged line are passed over. */
function lastGood(tail: Buffer): { readonly line: ChainLine; readonly end: number } | undefined {
  for (let end = tail.lastIndexOf(LINE_FEED); end >= 0; end = end === 0 ? -1 : tail.lastIndexOf(LINE_FEED, end - 1)) {
    const start = end === 0 ? 0 : tail.lastIndexOf(LINE_FEED, end - 1) + 1
    const line = readLine(tail.subarray(start, end))
    if (line !== undefined) return { line, end: end + 1 }
  }
  return undefined
}

/** Undefined for a file in which no line can be read; `verify` says what is wrong with it. */
async function readEarlier(dir: string, file: string): Promise<Earlier | undefined> {
  const path = join(dir, file)
  let size = 0
  const tail = await readPart(path, (now) => {
    size = now
    const length = Math.min(now, 2 * LINE_LIMIT)
    return { from: now - length, length }
  })
  const good = lastGood(tail)
  const begin = await readPart(path, (now) => ({ from: 0, length: Math.min(now, LINE_LIMIT) }))
  const opening = readLine(begin.subarray(0, Math.max(0, begin.indexOf(LINE_FEED))))
  if (good === undefined || opening?.event !== 'file.opened') return undefined
  const { seq, hash } = good.line
  const bytes = size - tail.length + good.end
  return {
    witness: { file, seq, hash, bytes, torn: size - bytes },
    writer: String(opening['writer']),
    continues: readWitness(opening['continues'])?.file,
    last: good.line,
  }
}

/** The newest files of the folder, newest first. */
export async function earlierFiles(dir: string): Promise<readonly Earlier[]> {
  const names = (await readdir(dir)).filter((name) => name.endsWith('.jsonl')).sort()
  const found: Earlier[] = []
  for (const name of names.slice(-MOST).reverse()) {
    const earlier = await readEarlier(dir, name)
    if (earlier !== undefined) found.push(earlier)
  }
  return found
}

/** A file without its name yet lives for the time of one sync; what is older was left by a writer that was killed. */
const DRAFT_MS = 60_000

export async function removeDrafts(dir: string, nowMs: number): Promise<void> {
  for (const name of (await readdir(dir)).filter((file) => file.endsWith('.jsonl.new'))) {
    const path = join(dir, name)
    const { mtimeMs } = await stat(path)
    if (nowMs - mtimeMs > DRAFT_MS) await unlink(path)
  }
}

export type Writer = { readonly host: string; readonly pid: number }

/** Whether a process still runs. One that belongs to somebody else does. */
function runs(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH')
  }
}

/** Whether nobody writes the file any more: its writer closed it, or was a process of this host that is gone. */
function isOver({ last, writer }: Earlier, self: Writer): boolean {
  if (last.event === 'file.closed') return true
  const [host = '', pid = ''] = writer.split(' ')
  return host === self.host && (Number(pid) === self.pid || !runs(Number(pid)))
}

/**
 * The file whose chain a new writer takes up: the newest that is over and that no other file continues. Two writers that start
 * at once may both take it: the chain then forks, which `verify` reads as well. Without one a chain of its own begins, whose
 * opening line vouches for all the others all the same.
 */
export function toContinue(earlier: readonly Earlier[], self: Writer): Earlier | undefined {
  const continued = new Set(earlier.map(({ continues }) => continues))
  return earlier.find((file) => !continued.has(file.witness.file) && isOver(file, self))
}
