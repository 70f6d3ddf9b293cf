/**
 * Masks a stream of JSON using the tables of shapes.ts. Bytes that are not replaced are copied exactly. Memory is constant, except for
 * annotations of Secrets and copies of objects in annotations, which are held whole (the API limits them to 256 KiB together).
 */
import { CannotMask } from '../cannot-mask.ts'
import type { Masker, MaskerOptions } from '../masker-options.ts'
import { copyMasker } from './copied-object.ts'
import { documentWith } from './fields/field-shapes.ts'
import { JsonScanner } from './json-scanner.ts'
import { MaskingSink } from './masking-sink.ts'
import { Output } from './output.ts'
import { documents, PLAIN, type JsonKind } from './fields/shapes.ts'

export function createJsonMasker(kind: JsonKind, options: MaskerOptions): Masker {
  return maskerOf(kind, options, 0)
}

/** `copies`: the number of object copies that this document is nested in. */
function maskerOf(kind: JsonKind, options: MaskerOptions, copies: number): Masker {
  const { slot: usual, many } = documents[kind]
  const { fields = [] } = options
  const slot = usual === PLAIN && fields.length > 0 ? documentWith(fields) : usual
  const out = new Output()
  const maskCopy = copyMasker(copies, (depth) => maskerOf('json', options, depth))
  const sink = new MaskingSink({ document: slot, options, out, maskCopy })
  const scanner = new JsonScanner(sink, many)
  let failed = false
  const guarded = (work: () => void): Buffer => {
    if (failed) throw new CannotMask('masking has failed before')
    failed = true
    work()
    failed = false
    return out.take()
  }
  return {
    push: (chunk) =>
      guarded(() => {
        scanner.push(chunk)
        sink.endOfChunk()
      }),
    end: () => guarded(() => scanner.end()),
  }
}
