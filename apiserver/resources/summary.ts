import type { AccessRule, Operation, Reveal } from '../../domain/rules.ts'

function ruleText({ verbs, apiGroups, resources, namespaces, resourceNames }: AccessRule): string {
  const group = (apiGroups ?? ['']).find((one) => one !== '')
  const names = resourceNames === undefined ? '' : ` ${resourceNames.join(',')}`
  const scope = namespaces === undefined ? '' : ` -n ${namespaces.join(',')}`
  return `${verbs.join(',')} ${resources.map((one) => (group === undefined ? one : one.replace(/^[^/]*/, (plain) => `${plain}.${group}`))).join(',')}${names}${scope}`
}

/** One line that says what is asked for or granted. */
export function summaryOf(spec: {
  readonly rules?: readonly AccessRule[]
  readonly reveal?: readonly Reveal[]
  readonly operation?: Operation
}): string {
  if (spec.operation !== undefined) return spec.operation.summary ?? `${spec.operation.method} ${spec.operation.path}`
  const reveals = (spec.reveal ?? []).map(({ namespace, secret, keys }) => `reveal ${namespace}/${secret}: ${keys.join(',')}`)
  return [...(spec.rules ?? []).map(ruleText), ...reveals].join('; ')
}
