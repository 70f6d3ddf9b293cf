import { GROUP } from '../../domain/api/names.ts'

/** The longest name that policies and records hold. */
const MAX_NAME_LENGTH = 1024

/**
 * What a name in a header cannot hold (controls, half of a surrogate pair), and what makes a name look like another one to a person who
 * approves it: line separators, direction marks, invisible and private-use characters. The joiners of emoji and of Persian are no part of it.
 * Letters that look alike are not checked.
 */
const UNUSABLE = /[\p{Cc}\p{Cs}\p{Co}\p{Zl}\p{Zp}]|(?![\u200c\u200d])\p{Cf}/u

/** Names of Kubernetes are compared exactly; ours without regard to case, as jit-apiserver compares users. */
const isReserved = (name: string): boolean => name.startsWith('system:') || name.toLowerCase().startsWith(`${GROUP}:`)

/** Whether the claim is a name of the system under the prefix, or prefix and claim together are a name of Kubernetes or of jit-access. */
export const claimsToBeOfTheSystem = (text: string, prefix: string): boolean => text.startsWith('system:') || isReserved(`${prefix}${text}`)

/** Why a claim's text cannot be used as a name; undefined when it can. A name travels in a header, which loses blanks at its ends. */
export function problemOfName(text: unknown, prefix: string): string | undefined {
  if (typeof text !== 'string') return 'is no text'
  if (text === '') return 'is empty'
  if (prefix.length + text.length > MAX_NAME_LENGTH) return `is longer than ${MAX_NAME_LENGTH} characters with its prefix`
  if (text.trim() !== text) return 'begins or ends with a blank'
  if (UNUSABLE.test(text)) return 'holds a control, invisible or private-use character'
  if (claimsToBeOfTheSystem(text, prefix)) return 'is a name of Kubernetes or of jit-access, which no issuer may hand out'
  return undefined
}
