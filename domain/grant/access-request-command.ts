import type { Classified, Decision } from '../decision.ts'
import type { AccessRule } from '../api/rules.ts'
import { shellWord } from '../shell-word.ts'

/** The least that would have covered a refused request, as a rule of an AccessRequest. */
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

/** The line that would ask for the rule: what a refused agent types next. It names the policy where several govern the agent. */
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
