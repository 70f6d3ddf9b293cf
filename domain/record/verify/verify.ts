import { readLine } from '../chain.ts'
import { createFileCheck, type FileWitness, type FileReport } from './check-file.ts'
import type { Fault } from './fault.ts'
import { readWitness, type Witness } from '../file-events.ts'
import { createLineSplitter } from '../line-splitter.ts'

/** The files of a records folder, by name. `read` may be called several times for each file. */
export type ReadableFolder = { readonly files: readonly string[]; read(file: string): AsyncIterable<Uint8Array> }

export type VerifyOptions = {
  /** Hash of a line that is known from elsewhere. The line must exist, so that nothing up to it can have been cut off. */
  readonly lastHash?: string | undefined
  /** Whether files older than all present files were removed on purpose: their absence is then a note and not a fault. */
  readonly earlierRemoved?: boolean | undefined
}

export type Report = { readonly files: readonly FileReport[]; readonly faults: readonly Fault[]; readonly notes: readonly string[] }

type OpeningClaims = {
  readonly witnesses: readonly Witness[]
  readonly missing: readonly string[]
  readonly removed: readonly Witness[]
  readonly removedUpTo: string | undefined
}

const stringsIn = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((each): each is string => typeof each === 'string') : []

/** What the opening line of a file states about other files. */
async function openingClaimsOf(chunks: AsyncIterable<Uint8Array>): Promise<OpeningClaims> {
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
  readonly of: ReadonlyMap<string, readonly FileWitness[]>
  /** By file name, the file that states it. */ readonly missing: ReadonlyMap<string, string>
  /** How far retention has come, and the file that states it, which must be newer. */
  readonly removedUpTo: { readonly file: string; readonly by: string } | undefined
  /** Hashes of the last lines of files that retention removed. */
  readonly removedHashes: ReadonlySet<string>
}

/** A file can only make statements about older files. */
function laterRemoval(known: Claims['removedUpTo'], { file, by }: { readonly file: string | undefined; readonly by: string }): Claims['removedUpTo'] {
  return file !== undefined && file < by && file > (known?.file ?? '') ? { file, by } : known
}

async function claimsIn(folder: ReadableFolder): Promise<Claims> {
  const claims = new Map<string, FileWitness[]>()
  const missing = new Map<string, string>()
  const removedHashes = new Set<string>()
  let removedUpTo: Claims['removedUpTo']
  for (const by of folder.files) {
    const opening = await openingClaimsOf(folder.read(by))
    for (const witness of opening.witnesses) {
      const known = claims.get(witness.file) ?? []
      known.push({ ...witness, by })
      claims.set(witness.file, known)
    }
    for (const file of opening.missing) missing.set(file, by)
    for (const { hash } of opening.removed) removedHashes.add(hash)
    removedUpTo = laterRemoval(removedUpTo, { file: opening.removedUpTo, by })
  }
  return { of: claims, missing, removedUpTo, removedHashes }
}

type Named = { readonly file: string; readonly by: string; /** Whether another file recorded a line of it. */ readonly seen: boolean }

/** Why a named file may be absent; undefined when it must exist. Names begin with the time, so the oldest sorts first. */
function absenceNote(
  { file, seen }: Named,
  oldest: string,
  { claims: { missing, removedUpTo }, earlierRemoved }: { readonly claims: Claims; readonly earlierRemoved: boolean },
): string | undefined {
  const by = missing.get(file)
  if (by !== undefined && !seen) return `${file} was never opened, as ${by} states: its writer was killed before`
  if (removedUpTo !== undefined && file <= removedUpTo.file) return `${file} was removed by retention, as ${removedUpTo.by} states`
  return earlierRemoved && file < oldest ? `${file} was removed, as you stated; the records begin at ${oldest}` : undefined
}

/** Faults and notes for files that others name and that are absent, each once. */
function absentFiles(folder: ReadableFolder, named: readonly Named[], known: Parameters<typeof absenceNote>[2]): Omit<Report, 'files'> {
  const handled = new Set(folder.files)
  const oldest = folder.files.toSorted()[0] ?? ''
  const faults: Fault[] = []
  const notes: string[] = []
  for (const name of named) {
    if (handled.has(name.file)) continue
    handled.add(name.file)
    const note = absenceNote(name, oldest, known)
    if (note === undefined) faults.push({ kind: 'absent', message: `${name.file} is missing: ${name.by} names it` })
    else notes.push(note)
  }
  return { faults, notes }
}

/**
 * Checks that every line in these files is unchanged, in its place, and followed by its original successor. Detects lines that were changed, dropped,
 * moved or inserted, and lines that were cut from the end of a file that a later file recorded.
 *
 * Does NOT detect lines cut from the end of the newest file of a chain, nor a folder that was forged as a whole: the hash has no key. `lastHash`
 * detects both, if it was kept out of reach of everyone who can write the folder.
 */
export async function verify(folder: ReadableFolder, options: VerifyOptions = {}): Promise<Report> {
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
  const absent = absentFiles(folder, named, { claims, earlierRemoved: options.earlierRemoved === true })
  const anchor = checkLastHash(files, options.lastHash, claims)
  return {
    files,
    faults: [...files.flatMap(({ faults }) => faults), ...absent.faults, ...anchor.faults],
    notes: [...files.flatMap(({ notes }) => notes), ...absent.notes, ...anchor.notes],
  }
}

/**
 * A hash from the middle of a removed file cannot be distinguished from one of other records. Users must keep hashes that are newer than retention.
 */
function checkLastHash(files: readonly FileReport[], lastHash: string | undefined, { removedHashes, removedUpTo }: Claims): Omit<Report, 'files'> {
  if (lastHash === undefined || files.some(({ anchorLine }) => anchorLine !== undefined)) return { faults: [], notes: [] }
  if (removedHashes.has(lastHash)) return { faults: [], notes: ['the hash that you gave is that of the last line of a file that retention removed'] }
  const gone = removedUpTo === undefined ? '' : ', or retention removed it'
  const message = `no line has the hash that you gave: lines were cut off, or these are other records${gone}`
  return { faults: [{ kind: 'anchor', message }], notes: [] }
}
