import { usage } from '../terminal/exit-code.ts'

/** Accepts `NAME` and `KIND/NAME`, as `-o name` prints it. @throws CommandError for another kind or no name */
export function namesOf(words: readonly string[], kinds: readonly string[], example: string): readonly string[] {
  if (words.length === 0) throw usage('a NAME is needed', example)
  return words.map((word) => {
    const slash = word.indexOf('/')
    if (slash < 0) return word
    const kind = word.slice(0, slash).replace(/\.jit\.access$/, '')
    if (!kinds.includes(kind)) throw usage(`${word} is not an ${kinds[0] ?? ''}`, example)
    return word.slice(slash + 1)
  })
}

export const REQUEST_KINDS = ['accessrequest', 'accessrequests', 'areq'] as const
export const GRANT_KINDS = ['accessgrant', 'accessgrants', 'agrant'] as const
