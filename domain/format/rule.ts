import type { AccessRule, Reveal } from '../api/rules.ts'

const list = (words: readonly string[]): string => words.join(', ')

/** `deployments.apps/scale`: a rule's resources as written in refusals and on the command line. */
const resourcesOf = (rule: AccessRule): readonly string[] =>
  (rule.apiGroups ?? ['']).flatMap((group) =>
    rule.resources.map((resource) => {
      const [name = '', subresource] = resource.split('/', 2)
      return `${name}${group === '' ? '' : `.${group}`}${subresource === undefined ? '' : `/${subresource}`}`
    }),
  )

/** One rule in words. Fields that the rule does not set are named too, because they make it broader. */
export function formatRule(rule: AccessRule): string {
  const verbs = rule.verbs.includes('*') ? 'ANY VERB on' : list(rule.verbs)
  const names = rule.resourceNames === undefined ? '(every name)' : list(rule.resourceNames.map((name) => `"${name}"`))
  const where = rule.namespaces === undefined ? 'cluster-wide' : `in namespace ${list(rule.namespaces)}`
  const gains = rule.gains === undefined ? '' : `, GIVING THE WORKLOAD ${list(rule.gains)}`
  return `${verbs} ${list(resourcesOf(rule))} ${names} ${where}${gains}`
}

export const formatReveal = ({ namespace, secret, keys }: Reveal): string => `REVEAL ${list(keys)} of Secret "${secret}" in namespace ${namespace}`
