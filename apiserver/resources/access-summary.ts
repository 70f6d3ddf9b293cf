import type { AccessRule, Operation, Reveal } from '../../domain/api/rules.ts'

function ruleText({ verbs, apiGroups, resources, namespaces, resourceNames, gains }: AccessRule): string {
  const names = resourceNames === undefined ? '' : ` ${resourceNames.join(',')}`
  const scope = namespaces === undefined ? '' : ` -n ${namespaces.join(',')}`
  const powers = gains === undefined ? '' : `, giving workloads ${gains.join(',')}`
  const named = (apiGroups ?? ['']).flatMap((group) =>
    group === '' ? resources : resources.map((one) => one.replace(/^[^/]*/, (plain) => `${plain}.${group}`)),
  )
  return `${verbs.join(',')} ${named.join(',')}${names}${scope}${powers}`
}

/** One-line summary of the requested or granted access. */
export function summaryOf(spec: {
  readonly rules?: readonly AccessRule[]
  readonly reveal?: readonly Reveal[]
  readonly operation?: Operation
  readonly extends?: string
}): string {
  if (spec.operation !== undefined) return spec.operation.summary ?? `${spec.operation.method} ${spec.operation.path}`
  const reveals = (spec.reveal ?? []).map(({ namespace, secret, keys }) => `reveal ${namespace}/${secret}: ${keys.join(',')}`)
  const gives = [...(spec.rules ?? []).map(ruleText), ...reveals].join('; ')
  return spec.extends === undefined ? gives : `extend ${spec.extends}: ${gives}`
}
