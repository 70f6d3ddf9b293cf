import { keyPhase, type ApproverKey } from '../../../domain/api/passkeys/approver-key.ts'
import { EXTRA, VIA_EXTRA } from '../../../domain/api/names.ts'
import { formatAge } from '../../../domain/format/request.ts'
import { field } from '../../format/field.ts'
import { keyConfirmationPath, keyPath } from '../../kubectl/paths.ts'
import { CommandError, EXIT, usage, type ExitCode } from '../../terminal/exit-code.ts'
import { formatOf, shortName } from '../../terminal/output-formats.ts'
import { printAs } from '../../terminal/print-as.ts'
import { lastOf, type ParsedFlags } from '../../terminal/parse-flags.ts'
import { oneLine } from '../../terminal/untrusted.ts'
import { confirms, type IO } from '../../terminal/io.ts'
import { withCondition } from './with-condition.ts'

/** Where it was registered: the program, and the session of the person. */
function from({ spec }: ApproverKey): string {
  const { extra = {} } = spec.user ?? {}
  const found = [...(extra[VIA_EXTRA] ?? []), ...(extra[EXTRA.session] ?? []).map((session) => `session ${session}`)]
  return found.length === 0 ? 'unknown' : found.join(', ')
}

/** What the server knows of a key, with what its owner wrote apart. */
function described(key: ApproverKey, nowMs: number): string {
  const { metadata, spec, status = {} } = key
  const { fingerprint = '?', registeredAt = '?', rpID = '?', backupEligible } = status
  return [
    field('Key', metadata.name),
    field('User', spec.user?.username ?? '?'),
    field('Fingerprint', fingerprint),
    field('Registered', `${registeredAt}, ${formatAge(registeredAt, nowMs)} ago`),
    field('From', from(key)),
    field('For', rpID),
    field('Copies', backupEligible === true ? 'the device may synchronize it to other devices' : 'it stays on one device'),
    field('Label', `${spec.label ?? '-'} (unproven)`),
    '',
  ].join('\n')
}

/** Only a key that waits can be confirmed. `done`: it is confirmed already. */
function checkWaiting(key: ApproverKey): 'open' | 'done' {
  const phase = keyPhase(key)
  const { name } = key.metadata
  if (phase === 'Confirmed') return 'done'
  if (phase === 'Unregistered')
    throw new CommandError(EXIT.ended, `approverkey "${oneLine(name)}" is not registered yet`, 'its owner registers it in the console')
  if (phase === 'Revoked')
    throw new CommandError(EXIT.ended, `approverkey "${oneLine(name)}" was revoked and can never count`, 'its owner registers another one')
  return 'open'
}

const bare = (fingerprint: string): string => fingerprint.toLowerCase().replaceAll(/[\s:.-]/g, '')

/** Whether the owner read out the fingerprint of this key: by the flag, or by a question on the terminal. @throws CommandError */
async function compared(io: IO, key: ApproverKey, given: string | undefined): Promise<boolean> {
  const { fingerprint = '' } = key.status ?? {}
  if (given !== undefined) {
    if (bare(given) === bare(fingerprint) && fingerprint !== '') return true
    const user = key.spec.user?.username ?? '?'
    throw new CommandError(
      EXIT.refused,
      `this is not the fingerprint of approverkey "${oneLine(key.metadata.name)}", which is ${oneLine(fingerprint)}`,
      `if ${oneLine(user)} did not register it, end it: kubectl certify keys revoke ${oneLine(key.metadata.name)} --reason=TEXT`,
    )
  }
  if (io.ask === undefined) throw usage('--fingerprint is required without a terminal', 'the fingerprint that the owner of the key read out to you')
  io.note(described(key, io.clock.nowMs()))
  return await confirms(io, 'Did this user read out the same fingerprint to you, by phone or in person?')
}

/**
 * Confirms one key. A PUT of the version that was shown: when the key changed meanwhile, the server refuses.
 * @throws CommandError, KubectlError
 */
export async function confirmKey(io: IO, name: string, flags: ParsedFlags): Promise<ExitCode> {
  const format = formatOf(lastOf(flags, 'output'))
  const key = await io.kubectl.get<ApproverKey>(keyPath(name))
  if (checkWaiting(key) === 'done') {
    if (format === undefined) io.print(`${shortName(key)} confirmed before by ${oneLine(key.status?.confirmedBy?.username ?? '?')}\n`)
    else printAs(io, format, key)
    return EXIT.granted
  }
  if (!(await compared(io, key, lastOf(flags, 'fingerprint')))) {
    io.note(`${shortName(key)} not confirmed`)
    return EXIT.unexpected
  }
  const made = await io.kubectl.replace<ApproverKey>(keyConfirmationPath(name), withCondition(key, 'Confirmed', lastOf(flags, 'reason')))
  if (format !== undefined) printAs(io, format, made)
  else io.print(`${shortName(made)} confirmed: approvals of ${oneLine(made.spec.user?.username ?? '?')} with it count\n`)
  return EXIT.granted
}
