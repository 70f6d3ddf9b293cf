import { GENESIS, type ChainLine, type Head } from '../chain.ts'
import type { Fault } from './fault.ts'
import { readWitness } from '../file-events.ts'

export type PlaceFault = Pick<Fault, 'kind' | 'message'>

const span = (from: number, to: number): string => (from === to ? `line ${from} of the chain is` : `lines ${from} to ${to} of the chain are`)

/** Checks that the first line of a file is its opening line, and that it is linked to the file that it continues. */
export function checkOpening(line: ChainLine, file: string): readonly PlaceFault[] {
  if (line.event !== 'file.opened')
    return [{ kind: 'missing', message: 'the file does not begin with its opening line: lines before this one are missing' }]
  const findings: PlaceFault[] = []
  if (line['file'] !== file) findings.push({ kind: 'changed', message: `the file was written as ${String(line['file'])}` })
  const continues = line['continues']
  const before = continues === undefined ? GENESIS : readWitness(continues)
  if (before === undefined || line.seq !== before.seq + 1 || line.prev !== before.hash)
    findings.push({ kind: 'changed', message: 'the opening line is not linked to the file that it continues' })
  return findings
}

/**
 * Checks that a line is in its place in the chain. `unreadable`: number of lines between `head` and this one that were already reported. `moves`:
 * whether the chain continues from this line; a line out of order is skipped.
 */
export function checkPlace(line: ChainLine, head: Head, unreadable: number): { readonly finding?: PlaceFault; readonly moves: boolean } {
  const follows = line.seq === head.seq + 1 && line.prev === head.hash
  if (follows) return { moves: true }
  const expected = head.seq + 1 + unreadable
  if (line.seq > expected) return { moves: true, finding: { kind: 'missing', message: `${span(expected, line.seq - 1)} missing before this one` } }
  if (line.seq < expected)
    return {
      moves: false,
      finding: { kind: 'order', message: `line ${line.seq} of the chain is here instead of line ${expected}: it was moved or inserted` },
    }
  if (unreadable > 0) return { moves: true }
  return { moves: true, finding: { kind: 'changed', message: 'the line is not linked to the one before it: one of the two was replaced' } }
}
