import { namesOf, REQUEST_KINDS } from '../../create-accessrequest/object-names.ts'
import { withdrawRequest } from '../../kubectl/withdraw-request.ts'
import { CommandError, EXIT, type ExitCode } from '../../terminal/exit-code.ts'
import { KubectlError } from '../../kubectl/kubectl-error.ts'
import { oneLine } from '../../terminal/untrusted.ts'
import type { IO } from '../../terminal/io.ts'
import { formatOf, shortName } from '../../terminal/output-formats.ts'
import { printAs } from '../../terminal/print-as.ts'
import { lastOf, type ParsedFlags } from '../../terminal/parse-flags.ts'
import { forEachName } from './for-each-name.ts'

/** A request that was decided meanwhile has ended, which is not an unexpected error. */
function explainDecided(error: unknown): never {
  if (!(error instanceof KubectlError) || error.reason !== 'Conflict') throw error
  throw new CommandError(EXIT.ended, oneLine(error.message.replace(/^Operation cannot be fulfilled on /, '')))
}

/** `kubectl certify withdraw NAME...`, for requesters. @throws CommandError, KubectlError */
export async function certifyWithdraw(io: IO, flags: ParsedFlags): Promise<ExitCode> {
  const names = namesOf(flags.words, REQUEST_KINDS, 'find one with: kubectl get accessrequests')
  const format = formatOf(lastOf(flags, 'output'))
  return await forEachName(io, names, async (name) => {
    const request = await withdrawRequest(io, name, lastOf(flags, 'reason')).catch(explainDecided)
    if (format === undefined) io.print(`${shortName(request)} withdrawn\n`)
    else printAs(io, format, request)
    return EXIT.granted
  })
}
