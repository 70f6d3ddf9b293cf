import { usage } from '../terminal/exit-code.ts'

/** Takes `NAME` and what `-o name` prints. @throws CommandError for another kind, or nothing */
export function namesOf(words: readonly string[], kinds: readonly string[], example: string): readonly string[] {
  if (words.length === 0) throw usage('a NAME is needed', example)
  return words.map((word) => {
    const slash = word.indexOf('/')
    if (slash < 0) return word
    const kind = word.slice(0, slash).replace(/\.jit\.access$/, '')
    if (!kinds.includes(kind)) throw usage(`${word} is no ${kinds[0] ?? ''}`, example)
    return word.slice(slash + 1)
  })
}

export const REQUEST_KINDS = ['accessrequest', 'accessrequests', 'areq'] as const
export const GRANT_KINDS = ['accessgrant', 'accessgrants', 'agrant'] as const
