import { formatSuspended, isInForce, withLift, type AccessSuspension } from '../../../domain/api/access-suspension.ts'
import { conditionOf } from '../../../domain/api/conditions.ts'
import { namesOf } from '../../create-accessrequest/object-names.ts'
import { liftPath, suspensionPath } from '../../kubectl/paths.ts'
import { retryConflicts } from '../../kubectl/retry-conflicts.ts'
import { EXIT, usage, type ExitCode } from '../../terminal/exit-code.ts'
import { formatOf, shortName, type ObjectFormat } from '../../terminal/output-formats.ts'
import { printAs } from '../../terminal/print-as.ts'
import { lastOf, type ParsedFlags } from '../../terminal/parse-flags.ts'
import { oneLine } from '../../terminal/untrusted.ts'
import type { IO } from '../../terminal/io.ts'
import { forEachName } from '../decisions/for-each-name.ts'

/** The reason of the condition: which program lifted. */
const REASON = 'KubectlCertify'
const KINDS = ['accesssuspension', 'accesssuspensions', 'asus'] as const

/** Retries on conflicts. `again`: somebody lifted it before. */
const put = (io: IO, name: string, message: string): Promise<{ readonly suspension: AccessSuspension; readonly again: boolean }> =>
  retryConflicts(async () => {
    const suspension = await io.kubectl.get<AccessSuspension>(suspensionPath(name))
    if (!isInForce(suspension)) return { suspension, again: true }
    const lifted = withLift(suspension, { reason: REASON, message })
    return { suspension: await io.kubectl.replace<AccessSuspension>(liftPath(name), lifted), again: false }
  })

/** Who lifted it before, and why. */
function before({ status }: AccessSuspension): string {
  const message = conditionOf(status?.conditions, 'Lifted')?.message
  return oneLine(` before by ${status?.liftedBy?.username ?? 'somebody'}${message === undefined ? '' : `: ${message}`}`)
}

async function resume(
  io: IO,
  name: string,
  { message, format }: { readonly message: string; readonly format: ObjectFormat | undefined },
): Promise<ExitCode> {
  const { suspension, again } = await put(io, name, message)
  if (format !== undefined) printAs(io, format, suspension)
  else io.print(`${shortName(suspension)} lifted${again ? before(suspension) : `: ${oneLine(formatSuspended(suspension.spec))} can continue`}\n`)
  return EXIT.granted
}

/** `kubectl certify resume NAME... --reason=TEXT`: lifts suspensions. @throws CommandError, KubectlError */
export async function certifyResume(io: IO, flags: ParsedFlags): Promise<ExitCode> {
  const names = namesOf(flags.words, KINDS, 'find one with: kubectl get accesssuspensions')
  const message = lastOf(flags, 'reason') ?? ''
  if (message.trim() === '') throw usage('--reason is required', "say why the agents can continue: --reason='the loop is fixed'")
  const format = formatOf(lastOf(flags, 'output'))
  return await forEachName(io, names, (name) => resume(io, name, { message, format }))
}
