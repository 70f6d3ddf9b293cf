import type { AccessRequestSpec } from '../../../domain/api/access-request.ts'
import type { AccessRule } from '../../../domain/api/rules.ts'

const MAX_PARTS = 4

function ruleText({ verbs, apiGroups, resources, namespaces, resourceNames, gains }: AccessRule): string {
  const group = (apiGroups ?? ['']).filter((name) => name !== '').join(',')
  const parts = [
    `${verbs.join(',')} ${resources.join(',')}${group === '' ? '' : ` of ${group}`}`,
    resourceNames === undefined ? '' : `named ${resourceNames.join(',')}`,
    namespaces === undefined ? '' : `in ${namespaces.join(',')}`,
    gains === undefined ? '' : `giving workloads ${gains.join(',')}`,
  ]
  return parts.filter((part) => part !== '').join(' ')
}

/** What is asked for, in one line: names, never the content of an object. */
export function asksOf({ operation, rules = [], reveal = [], extends: grant }: AccessRequestSpec): string {
  if (operation !== undefined) return operation.summary ?? `${operation.method} ${operation.path.split('?')[0] ?? ''}`
  const parts = [
    ...rules.map(ruleText),
    ...reveal.map(({ namespace, secret, keys }) => `show the keys ${keys.join(',')} of Secret ${secret} in ${namespace}`),
  ]
  const more = parts.length > MAX_PARTS ? [`and ${parts.length - MAX_PARTS} more`] : []
  const gives = [...parts.slice(0, MAX_PARTS), ...more].join('; ')
  return grant === undefined ? gives : `extend grant ${grant}: ${gives}`
}
