import { usage } from '../terminal/exit-code.ts'

const COMMAND = /kubectl create accessrequest (?=-)[^\n]*/

/** Splits a line as a shell would, for the quoting that refusals use: single quotes, and backslashes outside of them. Expands and runs nothing. */
export function shellWords(line: string): readonly string[] {
  const words: string[] = []
  for (const [word] of line.matchAll(/(?:'[^']*'|\\.|[^\s'\\])+/g))
    words.push(word.replaceAll(/'([^']*)'|\\(.)/g, (_, quoted?: string, bare?: string) => quoted ?? bare ?? ''))
  return words
}

type Status = {
  readonly kind?: unknown
  readonly message?: unknown
  readonly details?: { readonly causes?: readonly { readonly reason?: unknown; readonly message?: unknown }[] }
}

function ofStatus(text: string): string | undefined {
  let status: Status
  try {
    status = JSON.parse(text) as Status
  } catch {
    return undefined
  }
  if (status === null || status.kind !== 'Status') return undefined
  const cause = status.details?.causes?.find(({ reason }) => reason === 'GrantRequired' || reason === 'ApprovalRequired')
  return [cause?.message, status.message].find((said): said is string => typeof said === 'string')
}

/**
 * The flags of the command that a refusal suggests, from kubectl's standard error or a Status as JSON. Only flags that describe a rule
 * are accepted: text injected into a refusal must not choose a context, credential or file. @throws CommandError
 */
export function remedyOf(text: string): readonly string[] {
  const line = COMMAND.exec(ofStatus(text.trim()) ?? text)?.[0]
  if (line === undefined)
    throw usage(
      'no "kubectl create accessrequest …" line in the refusal',
      'pass what kubectl printed when it was refused: kubectl … 2>&1 | kubectl create accessrequest --from-refusal',
    )
  const flags = shellWords(line).slice(3)
  const strange = flags.find((flag) => !/^--(verb|resource|namespace|name|gain|policy)=/.test(flag))
  if (strange !== undefined)
    throw usage(`the command in the refusal has the flag ${strange}, which does not describe a rule`, 'type the command yourself if you trust it')
  return flags
}
