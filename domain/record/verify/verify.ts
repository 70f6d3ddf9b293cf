import { readLine } from '../chain.ts'
import { createFileCheck, type Claim, type FileReport } from './check-file.ts'
import type { Fault } from './fault.ts'
import { readWitness, type Witness } from '../file-events.ts'
import { createLineSplitter } from '../line-splitter.ts'

/** The files of a records folder, by name. `read` may be called more than once for each. */
export type Folder = { readonly files: readonly string[]; read(file: string): AsyncIterable<Uint8Array> }

export type VerifyOptions = {
  /** The hash of a line that is known from elsewhere: it must be there, so nothing up to it can have been cut off. */
  readonly lastHash?: string | undefined
  /** Files older than all that are here were removed on purpose: their absence is noted, not blamed. */
  readonly earlierRemoved?: boolean | undefined
}

export type Report = { readonly files: readonly FileReport[]; readonly faults: readonly Fault[]; readonly notes: readonly string[] }

type Vouched = {
  readonly witnesses: readonly Witness[]
  readonly missing: readonly string[]
  readonly removed: readonly Witness[]
  readonly removedUpTo: string | undefined
}

const stringsIn = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((each): each is string => typeof each === 'string') : []

/** What the opening line of a file says of others. */
async function vouchedIn(chunks: AsyncIterable<Uint8Array>): Promise<Vouched> {
  const splitter = createLineSplitter()
  for await (const chunk of chunks) {
    const [first] = splitter.feed(chunk)
    if (first === undefined) continue
    const line = readLine(first.bytes)
    const witnesses = [line?.['continues'], ...stringsIn(line?.['witnessed'])].map(readWitness).filter((witness) => witness !== undefined)
    const removed = stringsIn(line?.['removed'])
      .map(readWitness)
      .filter((witness) => witness !== undefined)
    const removedUpTo = line?.['removedUpTo']
    return { witnesses, missing: stringsIn(line?.['missing']), removed, removedUpTo: typeof removedUpTo === 'string' ? removedUpTo : undefined }
  }
  return { witnesses: [], missing: [], removed: [], removedUpTo: undefined }
}

type Claims = {
  readonly of: ReadonlyMap<string, readonly Claim[]>
  /** By name, the file that says so. */ readonly missing: ReadonlyMap<string, string>
  /** How far retention has come, and who says so: a file that is itself newer. */
  readonly removedUpTo: { readonly file: string; readonly by: string } | undefined
  /** Of files that retention removed. */
  readonly removedHashes: ReadonlySet<string>
}

/** A file can tell of older ones only. */
function further(known: Claims['removedUpTo'], { file, by }: { readonly file: string | undefined; readonly by: string }): Claims['removedUpTo'] {
  return file !== undefined && file < by && file > (known?.file ?? '') ? { file, by } : known
}

async function claimsIn(folder: Folder): Promise<Claims> {
  const claims = new Map<string, Claim[]>()
  const missing = new Map<string, string>()
  const removedHashes = new Set<string>()
  let removedUpTo: Claims['removedUpTo']
  for (const by of folder.files) {
    const vouched = await vouchedIn(folder.read(by))
    for (const witness of vouched.witnesses) {
      const known = claims.get(witness.file) ?? []
      known.push({ ...witness, by })
      claims.set(witness.file, known)
    }
    for (const file of vouched.missing) missing.set(file, by)
    for (const { hash } of vouched.removed) removedHashes.add(hash)
    removedUpTo = further(removedUpTo, { file: vouched.removedUpTo, by })
  }
  return { of: claims, missing, removedUpTo, removedHashes }
}

type Named = { readonly file: string; readonly by: string; /** Whether a line of it was seen. */ readonly seen: boolean }

/** Why a file that is named need not be here; undefined: it is missed. Names begin with the time, so the oldest sorts first. */
function excuse(
  { file, seen }: Named,
  oldest: string,
  { claims: { missing, removedUpTo }, earlierRemoved }: { readonly claims: Claims; readonly earlierRemoved: boolean },
): string | undefined {
  const by = missing.get(file)
  if (by !== undefined && !seen) return `${file} was never opened, as ${by} says: its writer was killed before`
  if (removedUpTo !== undefined && file <= removedUpTo.file) return `${file} was removed by retention, as ${removedUpTo.by} says`
  return earlierRemoved && file < oldest ? `${file} was removed, as you say; the records begin at ${oldest}` : undefined
}

/** What is to be said of the files that others name and that are not here, each once. */
function absences(folder: Folder, named: readonly Named[], known: Parameters<typeof excuse>[2]): Omit<Report, 'files'> {
  const told = new Set(folder.files)
  const oldest = folder.files.toSorted()[0] ?? ''
  const faults: Fault[] = []
  const notes: string[] = []
  for (const name of named) {
    if (told.has(name.file)) continue
    told.add(name.file)
    const note = excuse(name, oldest, known)
    if (note === undefined) faults.push({ kind: 'absent', message: `${name.file} is missing: ${name.by} names it` })
    else notes.push(note)
  }
  return { faults, notes }
}

/**
 * Whether every line that these files hold is as it was written, in its place, and followed by what followed it. A changed, dropped,
 * moved or inserted line is found, and so are lines cut from the end of a file that a later one saw.
 *
 * It does NOT find lines cut from the end of the newest file of a chain, nor a folder that was forged as a whole: the hash has no
 * key. Both are found with `lastHash`, when that was kept out of reach of whoever can write the folder.
 */
export async function verify(folder: Folder, options: VerifyOptions = {}): Promise<Report> {
  const claims = await claimsIn(folder)
  const files: FileReport[] = []
  for (const file of folder.files) {
    const check = createFileCheck(file, claims.of.get(file) ?? [], options.lastHash)
    for await (const chunk of folder.read(file)) check.feed(chunk)
    files.push(check.end())
  }
  const named: readonly Named[] = [
    ...[...claims.of].flatMap(([file, by]) => by.map((claim) => ({ file, by: claim.by, seen: true }))),
    ...files.flatMap(({ file, next }) => (next === undefined ? [] : [{ file: next, by: file, seen: false }])),
  ]
  const absent = absences(folder, named, { claims, earlierRemoved: options.earlierRemoved === true })
  const anchor = anchored(files, options.lastHash, claims)
  return {
    files,
    faults: [...files.flatMap(({ faults }) => faults), ...absent.faults, ...anchor.faults],
    notes: [...files.flatMap(({ notes }) => notes), ...absent.notes, ...anchor.notes],
  }
}

/** A hash from the middle of a removed file cannot be told from one of other records: keep newer ones than retention goes back. */
function anchored(files: readonly FileReport[], lastHash: string | undefined, { removedHashes, removedUpTo }: Claims): Omit<Report, 'files'> {
  if (lastHash === undefined || files.some(({ anchorLine }) => anchorLine !== undefined)) return { faults: [], notes: [] }
  if (removedHashes.has(lastHash)) return { faults: [], notes: ['the hash that you gave is that of the last line of a file that retention removed'] }
  const gone = removedUpTo === undefined ? '' : ', or retention removed it'
  const message = `no line has the hash that you gave: lines were cut off, or these are other records${gone}`
  return { faults: [{ kind: 'anchor', message }], notes: [] }
}
