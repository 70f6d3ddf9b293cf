import { readLine, type ChainLine, type Head } from '../chain.ts'
import { checkOpening, checkPlace, type PlaceFault } from './check-place.ts'
import type { Fault } from './fault.ts'
import type { Witness } from '../file-events.ts'
import { createLineSplitter, type RawLine } from '../line-splitter.ts'

/** What another file states about this one. */
export type FileWitness = Witness & { readonly by: string }

export type FileReport = {
  readonly file: string
  readonly lines: number
  /** The last readable line. Undefined when there is none. */
  readonly head: Head | undefined
  readonly lastTime: string | undefined
  readonly closed: boolean
  /** The file that the closing line names. */
  readonly next: string | undefined
  /** Line of this file with the requested hash. */
  readonly anchorLine: number | undefined
  readonly faults: readonly Fault[]
  /** Findings that are expected after a writer was killed. */
  readonly notes: readonly string[]
}

export type FileCheck = { feed(chunk: Uint8Array): void; end(): FileReport }

/** Checks one file as its bytes arrive. `claims`: what other files state about it. `anchor`: hash of a line that must exist in some file. */
export function createFileCheck(file: string, claims: readonly FileWitness[], anchor?: string): FileCheck {
  const splitter = createLineSplitter()
  const faults: Fault[] = []
  const notes: string[] = []
  let [lines, unreadable, whole] = [0, 0, 0]
  let head: Head | undefined
  let last: ChainLine | undefined
  let closing: ChainLine | undefined
  let anchorLine: number | undefined

  const addFault = ({ kind, message }: PlaceFault): void => void faults.push({ kind, file, line: lines, message })

  const place = (line: ChainLine): void => {
    if (closing !== undefined) addFault({ kind: 'order', message: 'the line is after the closing line of the file' })
    if (head === undefined) {
      // An unreadable opening line was already reported.
      for (const finding of unreadable > 0 ? [] : checkOpening(line, file)) addFault(finding)
    } else {
      const { finding, moves } = checkPlace(line, head, unreadable)
      if (finding !== undefined) addFault(finding)
      if (!moves) return
    }
    head = { seq: line.seq, hash: line.hash }
    unreadable = 0
    last = line
    if (line.event === 'file.closed') closing = line
  }

  const compare = (line: ChainLine): void => {
    for (const claim of claims.filter(({ seq }) => seq === line.seq)) {
      if (claim.hash !== line.hash) addFault({ kind: 'changed', message: `${claim.by} recorded another line here` })
    }
  }

  const take = ({ bytes, end }: RawLine): void => {
    lines += 1
    whole = end
    const line = readLine(bytes)
    if (line === undefined) {
      addFault({ kind: 'changed', message: 'the line is not as it was written' })
      unreadable += 1
      return
    }
    place(line)
    compare(line)
    if (line.hash === anchor) anchorLine ??= lines
  }

  const checkRest = (rest: number): void => {
    const explained = claims.find(({ bytes, torn }) => bytes === whole && torn === rest)
    if (explained !== undefined)
      notes.push(
        `${file} ends in ${rest} bytes of a line that was being written when its writer was killed, as ${explained.by} states; the line was never reported as recorded`,
      )
    else
      faults.push({
        kind: 'torn',
        file,
        line: lines + 1,
        message: `the last line is torn: ${rest} bytes without a line feed, and no later file explains them`,
      })
  }

  const checkEnd = (): void => {
    const rest = splitter.rest()
    if (rest > 0) checkRest(rest)
    else if (lines === 0) faults.push({ kind: 'missing', file, message: 'the file is empty' })
    const end = head?.seq ?? 0
    for (const { by, seq } of claims) {
      if (seq > end)
        faults.push({
          kind: 'truncated',
          file,
          message: `the file was cut: ${by} recorded line ${seq} of the chain as its end, now it ends at ${end}`,
        })
    }
  }

  return {
    feed: (chunk) => {
      for (const line of splitter.feed(chunk)) take(line)
    },
    end: () => {
      checkEnd()
      const next = closing?.['next']
      return {
        file,
        lines,
        head,
        lastTime: last?.time,
        closed: closing !== undefined,
        next: typeof next === 'string' ? next : undefined,
        anchorLine,
        faults,
        notes,
      }
    },
  }
}
