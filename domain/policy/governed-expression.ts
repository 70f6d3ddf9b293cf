import { AGENTS_CEL, NEVER_GOVERNED_CEL } from './never-governed.ts'

/** Users and groups that the policies name. */
export type GovernedNames = { readonly users: readonly string[]; readonly groups: readonly string[] }

/** A CEL string literal. Every character outside a safe set is written as a code point escape, so no name can end the literal. */
export function celString(value: string): string {
  const escaped = Array.from(value.toWellFormed(), (char) =>
    /^[\w .:@/+=-]$/.test(char) ? char : `\\U${(char.codePointAt(0) ?? 0).toString(16).padStart(8, '0')}`,
  )
  return `'${escaped.join('')}'`
}

const IN_USERS = 'request.userInfo.username in'
const IN_GROUPS = '(has(request.userInfo.groups) && request.userInfo.groups.exists(g, g in'
const EXEMPT = ` && !(${NEVER_GOVERNED_CEL}))`

const listOf = (names: readonly string[]): string => `[${names.map(celString).join(', ')}]`

/**
 * The condition under which kube-apiserver calls the webhook: for the gateway's agents always, and for these names. Requests of all other users
 * never reach the webhook, so its outage does not affect them.
 */
export function governedExpression({ users, groups }: GovernedNames): string {
  const named = [
    ...(users.length === 0 ? [] : [`${IN_USERS} ${listOf(users)}`]),
    ...(groups.length === 0 ? [] : [`${IN_GROUPS} ${listOf(groups)}))`]),
  ]
  return named.length === 0 ? AGENTS_CEL : `${AGENTS_CEL} || ((${named.join(' || ')})${EXEMPT}`
}

const MAX_CODE_POINT = 0x10ffff

function readList(list: string): readonly string[] {
  const literals = [...list.matchAll(/'((?:[\w .:@/+=-]|\\U[0-9a-f]{8})*)'/g)].map(([, text = '']) => text)
  return literals.map((text) =>
    text.replaceAll(/\\U([0-9a-f]{8})/g, (_, hex: string) => String.fromCodePoint(Math.min(Number.parseInt(hex, 16), MAX_CODE_POINT))),
  )
}

/**
 * The names in an expression of `governedExpression`. Undefined for any other expression: operators that others added change what it covers, although all
 * names are there.
 */
export function governedNames(expression: string): GovernedNames | undefined {
  const users = /request[.]userInfo[.]username in \[([^\]]*)\]/.exec(expression)?.[1] ?? ''
  const groups = /exists\(g, g in \[([^\]]*)\]\)/.exec(expression)?.[1] ?? ''
  const names = { users: readList(users), groups: readList(groups) }
  return governedExpression(names) === expression ? names : undefined
}
