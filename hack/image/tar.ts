import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'

/** An entry of a layer: a folder, or a file with its content or its source file. Paths are relative, without `./`. */
export type TarEntry =
  | { readonly kind: 'folder'; readonly path: string; readonly mode: number }
  | { readonly kind: 'file'; readonly path: string; readonly mode: number; readonly content: Buffer }
  | { readonly kind: 'copy'; readonly path: string; readonly mode: number; readonly source: string }

const BLOCK = 512
/** How much of a large file is read at once. */
const PIECE = 1024 * 1024

/** POSIX.1-1988 ustar: 100 bytes for the name and 155 for a prefix. A path that fits neither is rejected, not truncated. */
function splitPath(path: string): { readonly name: string; readonly prefix: string } {
  if (Buffer.byteLength(path) <= 100) return { name: path, prefix: '' }
  for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) {
    const [prefix, name] = [path.slice(0, at), path.slice(at + 1)]
    if (Buffer.byteLength(name) <= 100 && Buffer.byteLength(prefix) <= 155) return { name, prefix }
  }
  throw new Error(`${path}: too long for a tar archive`)
}

const octal = (value: number, length: number): string => `${value.toString(8).padStart(length - 1, '0')}\0`

/** Always owner root and time 0: the same content gives the same bytes on every machine. */
function header(path: string, entry: { readonly mode: number; readonly size: number; readonly type: '0' | '5' }): Buffer {
  const block = Buffer.alloc(BLOCK)
  const { name, prefix } = splitPath(path)
  block.write(name, 0)
  block.write(octal(entry.mode, 8), 100)
  block.write(octal(0, 8), 108)
  block.write(octal(0, 8), 116)
  block.write(octal(entry.size, 12), 124)
  block.write(octal(0, 12), 136)
  block.write(' '.repeat(8), 148)
  block.write(entry.type, 156)
  block.write('ustar\u000000', 257)
  block.write(prefix, 345)
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.write(`${octal(sum, 7)} `, 148)
  return block
}

const padding = (size: number): Buffer => Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK)

async function* bytesOf(entry: TarEntry): AsyncGenerator<Buffer> {
  switch (entry.kind) {
    case 'folder':
      return void (yield header(`${entry.path}/`, { mode: entry.mode, size: 0, type: '5' }))
    case 'file':
      yield header(entry.path, { mode: entry.mode, size: entry.content.length, type: '0' })
      yield entry.content
      return void (yield padding(entry.content.length))
    case 'copy': {
      const { size } = await stat(entry.source)
      yield header(entry.path, { mode: entry.mode, size, type: '0' })
      let copied = 0
      // A stream allocates a whole piece for each file, and most of these have a few kilobytes.
      const highWaterMark = Math.min(size + 1, PIECE)
      for await (const chunk of createReadStream(entry.source, { highWaterMark }) as AsyncIterable<Buffer>) {
        copied += chunk.length
        yield chunk
      }
      if (copied !== size) throw new Error(`${entry.source} changed while it was read`)
      yield padding(size)
    }
  }
}

/** The archive, entries sorted by path so that a folder comes before its content. */
export async function* tar(entries: readonly TarEntry[]): AsyncGenerator<Buffer> {
  for (const entry of entries.toSorted((a, b) => (a.path < b.path ? -1 : 1))) yield* bytesOf(entry)
  yield Buffer.alloc(2 * BLOCK)
}
