import type { AccessRequest } from '../../domain/api/access-request.ts'
import type { Reveal } from '../../domain/api/rules.ts'
import { CommandError, EXIT } from '../terminal/exit-code.ts'
import { isGone, KubectlError } from '../kubectl/kubectl-error.ts'
import { oneLine } from '../terminal/untrusted.ts'
import type { IO } from '../terminal/io.ts'

/** Prints key names only, so that values do not leave kubectl. */
const KEYS = 'go-template={{range $key, $value := .data}}{{$key}}{{"\\n"}}{{end}}'
const NAMESPACE = /^[a-z0-9][-a-z0-9]{0,62}$/
const SECRET = /^[a-z0-9][-a-z0-9.]{0,252}$/

/** Undefined: the Secret cannot be read, for example because the caller may not. */
async function keysOf(io: IO, { namespace, secret }: Reveal): Promise<readonly string[] | 'missing' | undefined> {
  if (!NAMESPACE.test(namespace) || !SECRET.test(secret)) return 'missing'
  try {
    return (await io.kubectl.text(['get', 'secret', secret, `--namespace=${namespace}`, '-o', KEYS])).split('\n')
  } catch (error) {
    if (error instanceof KubectlError) return isGone(error) ? 'missing' : undefined
    throw error
  }
}

/** Requested keys that do not exist. `isAll`: the request asks for nothing else. */
export type MissingReveals = { readonly problems: readonly string[]; readonly isAll: boolean }

/**
 * Reads with the caller's credentials, because jit-apiserver does not read Secrets. Keys that the caller may not read count as existing.
 * Agents get this check from the gateway only, limited to what they may read.
 */
export async function missingReveals(io: IO, { spec }: AccessRequest): Promise<MissingReveals> {
  const { reveal = [], rules = [] } = spec
  const problems: string[] = []
  let isAnyLeft = rules.length > 0
  for (const each of reveal) {
    const { namespace, secret, keys } = each
    const there = await keysOf(io, each)
    const absent = there === undefined ? [] : keys.filter((key) => there === 'missing' || !there.includes(key))
    isAnyLeft ||= absent.length < keys.length
    if (there === 'missing') problems.push(`there is no Secret "${secret}" in namespace "${namespace}"`)
    else problems.push(...absent.map((key) => `Secret "${namespace}/${secret}" has no key "${key}"`))
  }
  return { problems: problems.map(oneLine), isAll: !isAnyLeft }
}

/** Warns the approver of keys that do not exist. @throws CommandError when nothing else was requested: the grant would be useless */
export async function checkReveals(io: IO, request: AccessRequest): Promise<void> {
  const { problems, isAll } = await missingReveals(io, request)
  if (problems.length === 0) return
  const { name } = request.metadata
  if (isAll)
    throw new CommandError(
      EXIT.refused,
      `accessrequest "${oneLine(name)}" would show nothing: ${problems.join('; ')}`,
      `to tell the requester: kubectl certify deny ${oneLine(name)} --reason='there is no such key'`,
    )
  for (const line of problems) io.note(`Warning: ${line}`)
}
