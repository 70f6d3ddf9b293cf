import { MASK_TEXT } from './secret/mask-text.ts'
import { TokenScanner } from './tokens/token-scanner.ts'

/**
 * Hides well-known tokens, recognized by their form, in a whole text. Does not search for values of Secrets: that needs about a hundred
 * megabytes, which servers that know no values can do without.
 */
export function hideTokens(text: string): string {
  const bytes = Buffer.from(text)
  const scanner = new TokenScanner()
  scanner.read(bytes, 0, bytes.length)
  scanner.finish()
  const shown: Buffer[] = []
  let at = 0
  for (let span = 0; span < scanner.spans.length; span += 2) {
    const [from = 0, to = 0] = scanner.spans.slice(span, span + 2)
    if (from >= at) shown.push(bytes.subarray(at, from), Buffer.from(MASK_TEXT))
    at = Math.max(at, to)
  }
  return Buffer.concat([...shown, bytes.subarray(at)]).toString('utf8')
}
