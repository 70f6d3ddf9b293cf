import type { FileReport } from '../../../domain/record/verify/check-file.ts'
import type { Fault } from '../../../domain/record/verify/fault.ts'
import type { Report, VerifyOptions } from '../../../domain/record/verify/verify.ts'
import { EXIT, usage, type ExitCode } from '../../terminal/exit-code.ts'
import { lastOf, switchedOn, type ParsedFlags } from '../../terminal/parse-flags.ts'
import { openRecords } from './records-folder.ts'
import { verifyLive } from './verify-live.ts'
import { oneLine } from '../../terminal/untrusted.ts'
import type { IO } from '../../terminal/io.ts'

const place = ({ file, line }: Fault): string => (file === undefined ? '' : `${file}${line === undefined ? '' : `:${line}`}: `)

function optionsOf(flags: ParsedFlags): VerifyOptions {
  const lastHash = lastOf(flags, 'last-hash')
  if (lastHash !== undefined && !/^[0-9a-f]{64}$/.test(lastHash))
    throw usage('--last-hash is 64 hexadecimal digits in lower case', 'as verify prints it')
  return { lastHash, earlierRemoved: switchedOn(flags, 'earlier-removed') }
}

/** The file with the newest line of all chains; its hash is the one to keep elsewhere. */
const newest = (files: readonly FileReport[]): FileReport | undefined =>
  files
    .filter(({ head }) => head !== undefined)
    .toSorted((left, right) => (left.lastTime ?? '').localeCompare(right.lastTime ?? ''))
    .at(-1)

const counted = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`

const formatLast = (last: FileReport | undefined): string =>
  last?.head === undefined ? '' : `last hash: ${last.head.hash} (${oneLine(last.file)}, ${oneLine(last.lastTime ?? '')})\n`

function formatVerified(io: IO, { files }: Report, size: string): void {
  io.print(`The records verify: ${size}, no line changed, missing, moved or inserted.\n`)
  io.print(formatLast(newest(files)))
  const anchors = files.filter(({ anchorLine }) => anchorLine !== undefined)
  for (const { anchorLine, file } of anchors) io.print(`the given hash is that of ${oneLine(file)}:${anchorLine ?? 0}\n`)
  if (anchors.length === 0)
    io.note(
      'Lines cut from the very end cannot be detected without a hash that is kept elsewhere: keep the last hash, and pass it next time with --last-hash.',
    )
}

function formatReport(io: IO, report: Report): void {
  const { files, faults, notes } = report
  const size = `${counted(
    files.reduce((sum, { lines }) => sum + lines, 0),
    'line',
  )} in ${counted(files.length, 'file')}`
  for (const note of notes) io.note(`note: ${oneLine(note)}`)
  for (const fault of faults) io.print(`${oneLine(`${place(fault)}${fault.message}`)}\n`)
  if (faults.length === 0) formatVerified(io, report, size)
  else io.print(`The records do NOT verify: ${counted(faults.length, 'fault')} in ${size}.\n`)
}

function jsonOf({ files, faults, notes }: Report): string {
  const shown = files.map(({ file, lines, head, lastTime, closed, anchorLine }) => ({
    file,
    lines,
    seq: head?.seq,
    hash: head?.hash,
    lastTime,
    closed,
    anchorLine,
  }))
  return `${JSON.stringify({ verified: faults.length === 0, files: shown, faults, notes }, null, 4)}\n`
}

/** `kubectl certify verify DIR`. @throws CommandError */
export async function certifyVerify(io: IO, flags: ParsedFlags): Promise<ExitCode> {
  const [dir, ...more] = flags.words
  if (dir === undefined || more.length > 0) throw usage('exactly one folder of records is required', 'for example: kubectl certify verify ./records')
  const output = lastOf(flags, 'output')
  if (output !== undefined && output !== 'json') throw usage(`--output=${output}: must be json`)
  const report = await verifyLive(() => openRecords(dir), optionsOf(flags))
  if (output === 'json') io.print(jsonOf(report))
  else formatReport(io, report)
  return report.faults.length === 0 ? EXIT.granted : EXIT.tampered
}
