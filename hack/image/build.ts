import { createHash, randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, readFile, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { CONTENTS } from './contents.ts'
import { layersOf, type Layer } from './layers.ts'
import { imageEntries, type Blob } from './oci-layout.ts'
import { tar } from './tar.ts'

export type BuiltImage = { readonly file: string; readonly name: string; readonly seconds: number; readonly cached: boolean }

/** How long an unused image stays in the cache: each contains Node, 130 MB. */
const KEEP_MS = 3_600_000
const KEEP_IMAGES = 3

/** Writes next to the target and renames: concurrent builds write the same bytes, and no reader sees half a file. */
async function writeWhole(file: string, chunks: AsyncIterable<Buffer>): Promise<string> {
  const [partial, hash] = [`${file}.${randomUUID()}`, createHash('sha256')]
  try {
    await pipeline(
      chunks,
      async function* (source) {
        for await (const chunk of source) {
          hash.update(chunk)
          yield chunk
        }
      },
      createWriteStream(partial, { highWaterMark: 1024 * 1024 }), // collects the headers and contents of small files into one write
    )
    await rename(partial, file)
  } finally {
    await rm(partial, { force: true })
  }
  return hash.digest('hex')
}

async function layerBlob(cache: string, layer: Layer): Promise<Blob> {
  const [file, sum] = [join(cache, `${layer.name}-${layer.key}.tar`), join(cache, `${layer.name}-${layer.key}.sha256`)]
  const known = await readFile(sum, 'utf8').catch(() => undefined)
  const size = await stat(file).then(
    (found) => found.size,
    () => undefined,
  )
  if (known !== undefined && size !== undefined) {
    await utimes(file, new Date(), new Date())
    return { file, digest: known, size }
  }
  const digest = await writeWhole(file, tar(await layer.entries()))
  // Whole or not at all, as the layer: another build may read it now.
  const partial = `${sum}.${randomUUID()}`
  await writeFile(partial, digest)
  await rename(partial, sum)
  return { file, digest, size: (await stat(file)).size }
}

async function prune(cache: string, keep: ReadonlySet<string>): Promise<void> {
  const files = (await readdir(cache)).filter((name) => name.endsWith('.tar') && !keep.has(name))
  const dated = await Promise.all(
    files.map(async (name) => ({ name, at: await stat(join(cache, name)).then(({ mtimeMs }) => mtimeMs, () => 0) })), // prettier-ignore
  )
  const old = dated.toSorted((a, b) => b.at - a.at).slice(KEEP_IMAGES)
  for (const { name, at } of old) if (Date.now() - at > KEEP_MS) await rm(join(cache, name), { force: true })
}

/** Builds the image of the tree at `root` without a daemon, or finds it in `cache`. Needs Linux, `ldd` and a complete node_modules. */
export async function buildImage(options: { readonly root: string; readonly cache: string; readonly name: string }): Promise<BuiltImage> {
  const started = performance.now()
  await mkdir(options.cache, { recursive: true })
  const layers = await layersOf(options.root)
  const key = createHash('sha256')
    .update(JSON.stringify([2, options.name, CONTENTS, layers.map((layer) => layer.key)]))
    .digest('hex')
  const file = join(options.cache, `image-${key}.tar`)
  const seconds = (): number => (performance.now() - started) / 1000
  const cached = await utimes(file, new Date(), new Date()).then(
    () => true,
    () => false,
  )
  if (cached) return { file, name: options.name, seconds: seconds(), cached }
  const blobs: Blob[] = []
  for (const layer of layers) blobs.push(await layerBlob(options.cache, layer))
  await writeWhole(file, tar(imageEntries(options.name, blobs)))
  await prune(options.cache, new Set([basename(file), ...blobs.map((blob) => basename(blob.file))]))
  return { file, name: options.name, seconds: seconds(), cached }
}
