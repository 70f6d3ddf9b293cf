import { GROUP } from '../../domain/api/names.ts'

/** Maximum name length in policies and records. */
const MAX_NAME_LENGTH = 1024

/**
 * Characters that a header value cannot hold (controls, unpaired surrogates), and characters that make a name look like another name to an
 * approver: line separators, direction marks, invisible and private-use characters. The joiners (U+200C, U+200D) of emoji and Persian are
 * allowed. Does not check for confusable letters.
 */
const UNUSABLE = /[\p{Cc}\p{Cs}\p{Co}\p{Zl}\p{Zp}]|(?![\u200c\u200d])\p{Cf}/u

/** Compares names of Kubernetes exactly, and names of jit-access case-insensitively, as jit-apiserver compares users. */
const isReserved = (name: string): boolean => name.startsWith('system:') || name.toLowerCase().startsWith(`${GROUP}:`)

/** Whether the claim itself begins with `system:`, or prefix and claim together form a name reserved by Kubernetes or jit-access. */
export const claimsToBeOfTheSystem = (text: string, prefix: string): boolean => text.startsWith('system:') || isReserved(`${prefix}${text}`)

/** Why a claim cannot be used as a name; undefined when it can. Names are sent in headers, which lose leading and trailing blanks. */
export function problemOfName(text: string, prefix: string): string | undefined {
  if (text === '') return 'is empty'
  if (prefix.length + text.length > MAX_NAME_LENGTH) return `is longer than ${MAX_NAME_LENGTH} characters with its prefix`
  if (text.trim() !== text) return 'begins or ends with a blank'
  if (UNUSABLE.test(text)) return 'holds a control, invisible or private-use character'
  if (claimsToBeOfTheSystem(text, prefix)) return 'is a name of Kubernetes or of jit-access, which no issuer may hand out'
  return undefined
}
