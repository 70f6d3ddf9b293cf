import { readLine } from './chain.ts'
import { createFileCheck, type Claim, type FileReport } from './check-file.ts'
import type { Fault } from './fault.ts'
import { readWitness, type Witness } from './file-events.ts'
import { createLineSplitter } from './line-splitter.ts'

/** The files of a records folder, by name. `read` may be called more than once for each. */
export type Folder = { readonly files: readonly string[]; read(file: string): AsyncIterable<Uint8Array> }

export type VerifyOptions = {
  /** The hash of a line that is known from elsewhere: it must be there, so nothing up to it can have been cut off. */
  readonly lastHash?: string | undefined
  /** Files older than all that are here were removed on purpose: their absence is noted, not blamed. */
  readonly earlierRemoved?: boolean | undefined
}

export type Report = { readonly files: readonly FileReport[]; readonly faults: readonly Fault[]; readonly notes: readonly string[] }

/** What the opening line of a file says of others. */
async function witnessesIn(chunks: AsyncIterable<Uint8Array>): Promise<readonly Witness[]> {
  const splitter = createLineSplitter()
  for await (const chunk of chunks) {
    const [first] = splitter.feed(chunk)
    if (first === undefined) continue
    const line = readLine(first.bytes)
    const witnessed = Array.isArray(line?.['witnessed']) ? line['witnessed'] : []
    return [line?.['continues'], ...witnessed].map(readWitness).filter((witness) => witness !== undefined)
  }
  return []
}

async function claimsOf(folder: Folder): Promise<ReadonlyMap<string, readonly Claim[]>> {
  const claims = new Map<string, Claim[]>()
  for (const by of folder.files) {
    for (const witness of await witnessesIn(folder.read(by))) {
      const known = claims.get(witness.file) ?? []
      known.push({ ...witness, by })
      claims.set(witness.file, known)
    }
  }
  return claims
}

/** Files that others name and that are not here. Names begin with the time, so the oldest sorts first. */
function absences(folder: Folder, named: readonly { readonly file: string; readonly by: string }[], earlierRemoved: boolean): Omit<Report, 'files'> {
  const here = new Set(folder.files)
  const oldest = folder.files.toSorted()[0] ?? ''
  const faults: Fault[] = []
  const notes: string[] = []
  const told = new Set<string>()
  for (const { file, by } of named) {
    if (here.has(file) || told.has(file)) continue
    told.add(file)
    if (earlierRemoved && file < oldest) notes.push(`${file} was removed, as you say; the records begin at ${oldest}`)
    else faults.push({ kind: 'absent', message: `${file} is missing: ${by} names it` })
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
  const claims = await claimsOf(folder)
  const files: FileReport[] = []
  for (const file of folder.files) {
    const check = createFileCheck(file, claims.get(file) ?? [], options.lastHash)
    for await (const chunk of folder.read(file)) check.feed(chunk)
    files.push(check.end())
  }
  const named = [
    ...[...claims].flatMap(([file, by]) => by.map((claim) => ({ file, by: claim.by }))),
    ...files.flatMap(({ file, next }) => (next === undefined ? [] : [{ file: next, by: file }])),
  ]
  const absent = absences(folder, named, options.earlierRemoved === true)
  const anchor: readonly Fault[] =
    options.lastHash !== undefined && !files.some(({ anchorLine }) => anchorLine !== undefined)
      ? [{ kind: 'anchor', message: 'no line has the hash that you gave: lines were cut off, or these are other records' }]
      : []
  return {
    files,
    faults: [...files.flatMap(({ faults }) => faults), ...absent.faults, ...anchor],
    notes: [...files.flatMap(({ notes }) => notes), ...absent.notes],
  }
}
