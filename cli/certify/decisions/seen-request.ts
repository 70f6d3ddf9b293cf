import type { AccessRequest } from '../../../domain/api/access-request.ts'
import { CommandError, EXIT, usage } from '../../terminal/exit-code.ts'
import { lastOf, type ParsedFlags } from '../../terminal/parse-flags.ts'
import { oneLine } from '../../terminal/untrusted.ts'

/** What `--uid` says about the one request that a command names. Undefined without the flag. @throws CommandError for several names, or no UID */
export function uidIn(flags: ParsedFlags, names: readonly string[]): string | undefined {
  const uid = lastOf(flags, 'uid')
  if (uid === undefined) return undefined
  if (uid.trim() === '') throw usage('flag needs a value: --uid', 'kubectl certify show NAME prints it')
  if (names.length !== 1) throw usage('--uid is of one request', 'give one NAME')
  return uid
}

const another = (name: string, said: string, next: string): CommandError =>
  new CommandError(EXIT.ended, `accessrequest "${oneLine(name)}" ${said}`, next)

/** Checks that a request is the one that `--uid` names. @throws CommandError */
export function checkUid(uid: string | undefined, { metadata }: AccessRequest): void {
  if (uid === undefined || uid === metadata.uid) return
  const name = oneLine(metadata.name)
  throw another(
    name,
    `is not the one with the UID ${oneLine(uid)}: it was deleted, and another one has its name`,
    `look at it: kubectl certify show ${name}`,
  )
}

/**
 * Checks that a decision is about the request that its approver saw. `shown`: the request is shown before it is decided. Without that, the name alone
 * says which request is meant. A requester can delete a request and give its name to another one, so for such a name the UID is needed too.
 * @throws CommandError
 */
export function checkSeen(request: AccessRequest, { uid, shown }: { readonly uid: string | undefined; readonly shown: boolean }): void {
  checkUid(uid, request)
  if (uid !== undefined || shown || request.status?.nameReused !== true) return
  const name = oneLine(request.metadata.name)
  throw another(
    name,
    'has the name of a request that was deleted, and it is not certain which one you saw',
    `look at it: kubectl certify show ${name}; then add --uid=${oneLine(request.metadata.uid ?? 'UID')} if it is the one that you mean`,
  )
}
