import { masksIn } from '../api/approver-mask.ts'
import type { Operation } from '../api/rules.ts'

/** Placeholder that domain/mask writes for hidden text other than a Secret value. */
const UNNAMED = '[jit.access/masked]'
const MAX_LINES = 20

/** The parts of an operation that are hidden from its approver, one line per Secret and key. Empty when nothing is hidden. */
export function formatMasks({ path, summary = '', diff = '', body = '' }: Pick<Operation, 'path' | 'summary' | 'diff' | 'body'>): readonly string[] {
  const text = [path, summary, diff, body].join('\n')
  const unnamed = text.split(UNNAMED).length - 1
  const said = [
    ...masksIn(text).map(
      ({ namespace, secret, key, more }) =>
        `a value of secret ${namespace}/${secret}, key ${key}${more === 0 ? '' : `; ${more} more Secrets hold it`}`,
    ),
    ...(unnamed === 0 ? [] : [`${unnamed === 1 ? 'one place' : `${unnamed} places`} hidden by a policy or for looking like a token`]),
  ]
  if (said.length === 0) return []
  const shown = said.length <= MAX_LINES ? said : [...said.slice(0, MAX_LINES), `${said.length - MAX_LINES} more`]
  return [...shown, 'Approve it only if you know what is hidden: look into these Secrets, or ask the requester.']
}

/** What was cut from the plan: removed lines, added lines and characters of the body. */
export function formatCutPlan({ cut }: Operation): readonly string[] {
  if (cut === undefined) return []
  const { removedLines = 0, addedLines = 0, bodyCharacters = 0 } = cut
  const said = [
    [removedLines, 'removed lines'],
    [addedLines, 'added lines'],
    [bodyCharacters, 'characters of the body'],
  ] as const
  return said.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`)
}
