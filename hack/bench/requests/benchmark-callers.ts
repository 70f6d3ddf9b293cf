/** Who sends requests in this benchmark, and their groups. The name of a caller is also its token. */

export const APPROVER = 'approver-ann'
/** What its policy allows one requester is the most that a policy can. */
export const agent = (number: number): string => `agent-${number}`
/** Its policy has the default limits. */
export const NOISY = 'noisy-nora'

export const AGENTS = 'bench:agents'
export const NOISY_AGENTS = 'bench:noisy'

export function groupsOf(user: string): string[] {
  if (user.startsWith('agent-')) return [AGENTS]
  return user.startsWith('noisy-') ? [NOISY_AGENTS] : []
}

/** RBAC: agents create and read, approvers decide. Nobody sees all requests by the verb `view`. */
export function isAllowed(user: string, verb: string): boolean {
  if (verb === 'view') return false
  return verb === 'certify' ? user.startsWith('approver-') : true
}
