import { readLine, type ChainLine, type Head } from '../chain.ts'
import { checkOpening, checkPlace, type Finding } from './check-place.ts'
import type { Fault } from './fault.ts'
import type { Witness } from '../file-events.ts'
import { createLineSplitter, type RawLine } from '../line-splitter.ts'

/** What another file says of this one. */
export type Claim = Witness & { readonly by: string }

export type FileReport = {
  readonly file: string
  readonly lines: number
  /** The last line that can be read. Undefined: there is none. */
  readonly head: Head | undefined
  readonly lastTime: string | undefined
  readonly closed: boolean
  /** The file that its closing line names. */
  readonly next: string | undefined
  /** Line of this file that has the hash that was asked for. */
  readonly anchorLine: number | undefined
  readonly faults: readonly Fault[]
  /** What is as it should be after a writer was killed, but worth knowing. */
  readonly notes: readonly string[]
}

export type FileCheck = { feed(chunk: Uint8Array): void; end(): FileReport }

/** Checks one file as its bytes come. `claims` is what other files say of it, `anchor` the hash of a line that must be somewhere. */
export function createFileCheck(file: string, claims: readonly Claim[], anchor?: string): FileCheck {
  const splitter = createLineSplitter()
  const faults: Fault[] = []
  const notes: string[] = []
  let [lines, unreadable, whole] = [0, 0, 0]
  let head: Head | undefined
  let last: ChainLine | undefined
  let closing: ChainLine | undefined
  let anchorLine: number | undefined

  const blame = ({ kind, message }: Finding): void => void faults.push({ kind, file, line: lines, message })

  const place = (line: ChainLine): void => {
    if (closing !== undefined) blame({ kind: 'order', message: 'the line stands behind the closing line of the file' })
    if (head === undefined) {
      // Where the opening line itself is unreadable, that was said.
      for (const finding of unreadable > 0 ? [] : checkOpening(line, file)) blame(finding)
    } else {
      const { finding, moves } = checkPlace(line, head, unreadable)
      if (finding !== undefined) blame(finding)
      if (!moves) return
    }
    head = { seq: line.seq, hash: line.hash }
    unreadable = 0
    last = line
    if (line.event === 'file.closed') closing = line
  }

  const compare = (line: ChainLine): void => {
    for (const claim of claims.filter(({ seq }) => seq === line.seq)) {
      if (claim.hash !== line.hash) blame({ kind: 'changed', message: `${claim.by} saw another line here` })
    }
  }

  const take = ({ bytes, end }: RawLine): void => {
    lines += 1
    whole = end
    const line = readLine(bytes)
    if (line === undefined) {
      blame({ kind: 'changed', message: 'the line is not as it was written' })
      unreadable += 1
      return
    }
    place(line)
    compare(line)
    if (line.hash === anchor) anchorLine ??= lines
  }

  const checkRest = (rest: number): void => {
    const told = claims.find(({ bytes, torn }) => bytes === whole && torn === rest)
    if (told !== undefined)
      notes.push(
        `${file} ends in ${rest} bytes of a line that was being written when its writer was killed, as ${told.by} says; nobody was told that it was recorded`,
      )
    else
      faults.push({
        kind: 'torn',
        file,
        line: lines + 1,
        message: `the last line is torn: ${rest} bytes without an end, and no later file explains them`,
      })
  }

  const checkEnd = (): void => {
    const rest = splitter.rest()
    if (rest > 0) checkRest(rest)
    else if (lines === 0) faults.push({ kind: 'missing', file, message: 'the file is empty' })
    const end = head?.seq ?? 0
    for (const { by, seq } of claims) {
      if (seq > end)
        faults.push({ kind: 'truncated', file, message: `the file was cut: ${by} saw it go on to line ${seq} of the chain, now it ends at ${end}` })
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
