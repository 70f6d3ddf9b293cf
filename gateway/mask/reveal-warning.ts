import type { EndedReveal } from '../../domain/grant/reveals.ts'

const HOW: Readonly<Record<EndedReveal['ended'], string>> = { Exhausted: 'is used up', Expired: 'has expired', Revoked: 'was revoked' }
/** As many as a header has room for. */
const MAX_KEYS = 8

/** `Warning` as kube-apiserver writes its own, for a Secret that comes masked again to who saw it by a grant of its own. Undefined: it does not. */
export function revealWarning(ended: EndedReveal | undefined, status: number): string | undefined {
  if (ended === undefined || status >= 400) return undefined
  const keys = ended.keys.slice(0, MAX_KEYS)
  const flags = keys.map((key) => `--reveal=${ended.namespace}/${ended.secret}:${key}`).join(' ')
  const so = `grant ${ended.grant}, which showed ${keys.join(', ')} of this Secret, ${HOW[ended.ended]}, so it is masked`
  return `299 - "jit-access: ${so}. To see it again: kubectl create accessrequest ${flags} --uses=1 --reason=TEXT --wait"`
}
