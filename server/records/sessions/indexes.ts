import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { LRUCache } from 'lru-cache'
import { hasErrorCode } from '../../system-error.ts'
import { FileIndex } from './file-index.ts'
import type { StoredFile } from './stored-files.ts'

const CHUNK_BYTES = 256 * 1024
/** Memory of all indexes, in bytes, as they estimate it. */
const MAX_WEIGHT = 64 * 1024 * 1024

export type IndexesOptions = {
  readonly dir: string
  /** Optional. Defaults to 64 MiB. */
  readonly maxWeight?: number
  /** Called after each chunk that was read. Optional. Defaults to letting other work of the process run. */
  readonly pause?: () => Promise<unknown>
}

/**
 * The indexes of the files of a folder, made when they are needed, one at a time. Those not used for longest make room for others, and are made again.
 */
export class Indexes {
  readonly #dir: string
  readonly #pause: () => Promise<unknown>
  readonly #kept: LRUCache<string, FileIndex>
  #last: Promise<unknown> = Promise.resolve()

  constructor({ dir, maxWeight = MAX_WEIGHT, pause = setImmediate }: IndexesOptions) {
    this.#dir = dir
    this.#pause = pause
    this.#kept = new LRUCache({ maxSize: maxWeight, sizeCalculation: (index) => index.weight() })
  }

  /** The index of a file up to its size when it was listed. Undefined when the file is gone. @throws the reason of an aborted signal */
  async of({ name, bytes }: StoredFile, signal: AbortSignal): Promise<FileIndex | undefined> {
    const kept = this.#kept.get(name)
    if (kept !== undefined && kept.bytes >= bytes) return kept
    signal.throwIfAborted()
    const made = this.#last.then(() => this.#extended(name, bytes, signal))
    this.#last = made.catch(() => undefined)
    return await made
  }

  async #extended(name: string, bytes: number, signal: AbortSignal): Promise<FileIndex | undefined> {
    const index = this.#kept.get(name) ?? new FileIndex()
    if (index.bytes >= bytes) return index
    signal.throwIfAborted()
    try {
      // An abort would leave a part of a chunk unread, so it is looked at between chunks.
      const stream = createReadStream(join(this.#dir, name), { start: index.bytes, highWaterMark: CHUNK_BYTES })
      for await (const chunk of stream) {
        index.feed(chunk as Buffer)
        if (signal.aborted) break
        await this.#pause()
      }
    } catch (error) {
      this.#kept.delete(name)
      if (hasErrorCode(error, 'ENOENT')) return undefined
      throw error
    }
    // Also what was read before an abort, so that the next attempt goes on there. One that is too large by itself is not kept.
    this.#kept.set(name, index)
    signal.throwIfAborted()
    return index
  }
}
