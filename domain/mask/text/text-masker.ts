/**
 * Masks known values and well-known tokens in a stream of text: logs, one channel of exec, an error page. The output does not depend on how
 * the stream was cut. NOT covered: a value that is spread over two channels or split by the program that prints it.
 */
import type { FilterOptions, TextMasker } from '../masker-options.ts'
import { Output } from '../json/output.ts'
import { ValueFilter } from './value-filter.ts'

/** `endWhole`: for a text that is known to be complete, so that its end is not a cut. */
export function createTextMasker(options: FilterOptions): TextMasker & { endWhole(): Buffer } {
  const out = new Output()
  const filter = new ValueFilter(options, out)
  return {
    push(chunk) {
      filter.readText(chunk)
      return out.take()
    },
    pushPieces(chunk) {
      filter.readText(chunk)
      return out.takePieces()
    },
    idle() {
      filter.release()
      return out.take()
    },
    endWhole() {
      filter.end()
      return out.take()
    },
    end() {
      filter.endOfStream()
      return out.take()
    },
  }
}
