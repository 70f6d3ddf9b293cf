import { formatSuspended, type AccessSuspension } from '../../../domain/api/access-suspension.ts'
import { API_VERSION, SUSPENSIONS_PATH } from '../../../domain/api/names.ts'
import { EXIT, usage, type ExitCode } from '../../terminal/exit-code.ts'
import { formatOf, shortName } from '../../terminal/output-formats.ts'
import { printAs } from '../../terminal/print-as.ts'
import { lastOf, type ParsedFlags } from '../../terminal/parse-flags.ts'
import { oneLine } from '../../terminal/untrusted.ts'
import type { IO } from '../../terminal/io.ts'
import { targetOf } from './targets.ts'

/** `kubectl certify suspend --reason=TEXT`: stops agents at once. Asks nothing: it must be quick, and `resume` undoes it. @throws CommandError, KubectlError */
export async function certifySuspend(io: IO, flags: ParsedFlags): Promise<ExitCode> {
  if (flags.words.length > 0)
    throw usage(`suspend takes no names: ${oneLine(flags.words.join(' '))}`, 'name an agent with --agent=NAME; see: kubectl certify suspend --help')
  const reason = lastOf(flags, 'reason') ?? ''
  if (reason.trim() === '') throw usage('--reason is required', "the agents receive it: --reason='it deletes too much'")
  const format = formatOf(lastOf(flags, 'output'))
  const body = { apiVersion: API_VERSION, kind: 'AccessSuspension', metadata: { generateName: 'suspend-' }, spec: { ...targetOf(flags), reason } }
  const created = await io.kubectl.create<AccessSuspension>(SUSPENSIONS_PATH, body)
  if (format !== undefined) printAs(io, format, created)
  else
    io.print(
      `${shortName(created)} created: ${oneLine(formatSuspended(created.spec))} stopped. To lift it: kubectl certify resume ${created.metadata.name} --reason=TEXT\n`,
    )
  return EXIT.granted
}
