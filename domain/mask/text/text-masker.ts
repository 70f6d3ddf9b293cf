/**
 * Known values and well-known tokens in a stream of text: logs, one channel of exec, an error page. The output does not depend on how the stream was
 * cut. What is NOT covered: a value spread over two channels, or taken apart by the program that prints it.
 */
import type { FilterOptions, TextMasker } from '../masker-options.ts'
import { Output } from '../json/output.ts'
import { ValueFilter } from './value-filter.ts'

/** `endWhole`: for a text that is known to be whole, so that its end is no cut. */
export function createTextMasker(options: FilterOptions): TextMasker & { endWhole(): Buffer } {
  const out = new Output()
  const filter = new ValueFilter(options, out)
  return {
    push(chunk) {
      filter.readText(chunk)
      return out.take()
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
