import type { EndedReveal } from '../../domain/grant/reveals.ts'

const HOW: Readonly<Record<EndedReveal['ended'], string>> = { Exhausted: 'is used up', Expired: 'has expired', Revoked: 'was revoked' }
/** Bounds the length of the header. */
const MAX_KEYS = 8

/** The `Warning` for an agent whose grant that revealed the Secret has ended, so that it is masked again. Undefined if there was no such grant. */
export function revealWarning(ended: EndedReveal | undefined, status: number): string | undefined {
  if (ended === undefined || status >= 400) return undefined
  const keys = ended.keys.slice(0, MAX_KEYS)
  const flags = keys.map((key) => `--reveal=${ended.namespace}/${ended.secret}:${key}`).join(' ')
  const so = `grant ${ended.grant}, which showed ${keys.join(', ')} of this Secret, ${HOW[ended.ended]}, so it is masked`
  return `299 - "jit-access: ${so}. To see it again: kubectl create accessrequest ${flags} --uses=1 --reason=TEXT --wait"`
}
