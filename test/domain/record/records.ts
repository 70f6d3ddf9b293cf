import { GENESIS, jsonFields, link, type Head } from '../../../domain/record/chain.ts'
import { checkEvent } from '../../../domain/record/verify/check-event.ts'
import type { RecordEvent } from '../../../domain/record/events.ts'
import { formatWitness, type Witness } from '../../../domain/record/file-events.ts'
import type { ReadableFolder } from '../../../domain/record/verify/verify.ts'

/** The files of a folder in memory: the whole text of each, by name. */
export type Files = { readonly [file: string]: string }

export const folderOf = (files: Files): ReadableFolder => ({
  files: Object.keys(files).sort(),
  read: async function* (file) {
    const bytes = Buffer.from(files[file] ?? '', 'latin1')
    for (let at = 0; at < bytes.length; at += 97) yield await Promise.resolve(bytes.subarray(at, at + 97))
  },
})

/** `lines` events in files of `perFile` each, as the recorder writes them. Text is latin1, so that a test can change single bytes. */
export function recordsOf(lines: number, perFile: number, closed = true): Files {
  const files: { [file: string]: string } = {}
  let head: Head = GENESIS
  let text = ''
  const add = (event: string): void => {
    const linked = link(head, 1_700_000_000_000 + head.seq * 1000, event)
    head = linked.head
    text += Buffer.from(linked.line).toString('latin1')
  }
  let continues: Witness | undefined
  const count = Math.ceil(lines / perFile)
  for (let index = 0; index < count; index += 1) {
    const file = `f${index}.jsonl`
    text = ''
    add(jsonFields({ event: 'file.opened', file, writer: 'host 1', ...(continues === undefined ? {} : { continues: formatWitness(continues) }) }))
    const some = Math.min(perFile, lines - index * perFile)
    for (let line = 0; line < some; line += 1) add(checkEvent(outcome(`a${index}-${line}`)))
    const next = index + 1 < count ? { next: `f${index + 1}.jsonl` } : {}
    if (closed || index + 1 < count) add(jsonFields({ event: 'file.closed', lines: some + 2, ...next }))
    files[file] = text
    continues = { file, ...head, bytes: text.length, torn: 0 }
  }
  return files
}

export const outcome = (auditID: string): RecordEvent => ({
  event: 'request.outcome',
  auditID,
  session: 'sé',
  ended: 'completed',
  code: 200,
  durationMs: 3,
})

export const linesOf = (text: string): readonly string[] => text.split('\n').slice(0, -1)
export const textOf = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('')
