import type { Classified, Decision } from '../decision.ts'
import type { AccessRule } from '../api/rules.ts'
import { shellWord } from '../shell-word.ts'

/** The smallest AccessRequest rule that would have covered a refused request. */
export function ruleFor({ info, verb, gains }: Classified): AccessRule {
  const scoped = info.namespace !== '' && info.resource !== 'namespaces'
  return {
    verbs: [verb],
    apiGroups: [info.apiGroup],
    resources: [info.subresource === '' ? info.resource : `${info.resource}/${info.subresource}`],
    ...(scoped ? { namespaces: [info.namespace] } : {}),
    ...(info.name === '' ? {} : { resourceNames: [info.name] }),
    ...(gains === undefined ? {} : { gains }),
  }
}

/** The command that requests the rule, which a refused agent runs next. It names the policy when several govern the agent. */
export function commandFor(classified: Classified, decision?: Pick<Decision, 'policy' | 'several'>): string {
  const { info, verb, gains = [] } = classified
  const group = info.apiGroup === '' ? '' : `.${info.apiGroup}`
  const subresource = info.subresource === '' ? '' : `/${info.subresource}`
  const words = ['kubectl', 'create', 'accessrequest', `--verb=${verb}`, `--resource=${info.resource}${group}${subresource}`]
  if (info.namespace !== '' && info.resource !== 'namespaces') words.push(`--namespace=${info.namespace}`)
  if (info.name !== '') words.push(`--name=${info.name}`)
  for (const gain of gains) words.push(`--gain=${gain}`)
  if (decision?.several === true) words.push(`--policy=${decision.policy}`)
  return words.map(shellWord).join(' ')
}
