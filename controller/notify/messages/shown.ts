import { escapedLine } from '../../../domain/api/plain-text.ts'
import { hideTokens } from '../../../domain/mask/hide-tokens.ts'

/**
 * A text as one line of at most `max` characters. Unsafe characters are escaped, and well-known tokens hidden. Values of Secrets are not searched for: the
 * controller knows none, so a message never contains the body or the difference of an operation.
 */
export function shown(text: string, max: number): string {
  const characters = Array.from(escapedLine(hideTokens(text.slice(0, max * 4))))
  return characters.length <= max ? characters.join('') : `${characters.slice(0, max - 1).join('')}…`
}
