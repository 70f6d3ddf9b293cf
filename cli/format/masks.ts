import { masksIn } from '../../domain/api/approver-mask.ts'
import type { Operation } from '../../domain/api/rules.ts'

/** What stands where something other than the value of a Secret was hidden; domain/mask writes it. */
const UNNAMED = '[jit.access/masked]'
const MAX_LINES = 20

/** What of an operation its approver does not see, a line for each Secret and key; empty when nothing is hidden. */
export function formatMasks({ path, summary = '', diff = '', body = '' }: Pick<Operation, 'path' | 'summary' | 'diff' | 'body'>): readonly string[] {
  const text = [path, summary, diff, body].join('\n')
  const unnamed = text.split(UNNAMED).length - 1
  const said = [
    ...masksIn(text).map(
      ({ namespace, secret, key, more }) =>
        `a value of secret ${namespace}/${secret}, key ${key}${more === 0 ? '' : `; ${more} more Secrets hold it`}`,
    ),
    ...(unnamed === 0 ? [] : [`${unnamed === 1 ? 'one place' : `${unnamed} places`} that a policy hides, or that has the form of a token`]),
  ]
  if (said.length === 0) return []
  const shown = said.length <= MAX_LINES ? said : [...said.slice(0, MAX_LINES), `${said.length - MAX_LINES} more`]
  return [...shown, 'Approve it only if you know what stands there: look into these Secrets, or ask who asks.']
}
