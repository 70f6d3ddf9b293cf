import { keyPhase, type ApproverKey } from '../../../domain/api/passkeys/approver-key.ts'
import { keyPath, keyRevocationPath } from '../../kubectl/paths.ts'
import { retryConflicts } from '../../kubectl/retry-conflicts.ts'
import { EXIT, type ExitCode } from '../../terminal/exit-code.ts'
import { formatOf, shortName } from '../../terminal/output-formats.ts'
import { printAs } from '../../terminal/print-as.ts'
import { lastOf, type ParsedFlags } from '../../terminal/parse-flags.ts'
import type { IO } from '../../terminal/io.ts'
import { withCondition } from './with-condition.ts'

/** Retries on conflicts: the owner may approve with the key at the same time. `again`: it was revoked before. */
const put = (io: IO, name: string, message: string | undefined): Promise<{ readonly key: ApproverKey; readonly again: boolean }> =>
  retryConflicts(async () => {
    const key = await io.kubectl.get<ApproverKey>(keyPath(name))
    if (keyPhase(key) === 'Revoked') return { key, again: true }
    return { key: await io.kubectl.replace<ApproverKey>(keyRevocationPath(name), withCondition(key, 'Revoked', message)), again: false }
  })

/** Ends one key. Asks nothing: it must be quick, and its owner can register another. @throws CommandError, KubectlError */
export async function endKey(io: IO, name: string, flags: ParsedFlags): Promise<ExitCode> {
  const format = formatOf(lastOf(flags, 'output'))
  const { key, again } = await put(io, name, lastOf(flags, 'reason'))
  if (format !== undefined) printAs(io, format, key)
  else io.print(`${shortName(key)} revoked${again ? ' before' : ': approvals with it no longer count'}\n`)
  return EXIT.granted
}
