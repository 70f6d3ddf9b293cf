import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

export type StoredFile = {
  readonly name: string
  /** Time in the name: when the file was begun. 0 for other names. */
  readonly startMs: number
  /** Last write. A writer touches an idle file, so it is not before the last event. */
  readonly endMs: number
  readonly bytes: number
}

const BEGIN = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})(\d{3})Z-/

function startOf(name: string): number {
  const [, year, month, day, hour, minute, second, ms] = BEGIN.exec(name) ?? []
  const time = Date.parse(`${year ?? ''}-${month ?? ''}-${day ?? ''}T${hour ?? ''}:${minute ?? ''}:${second ?? ''}.${ms ?? ''}Z`)
  return Number.isNaN(time) ? 0 : time
}

/** The record files of a folder, oldest first. Files that retention removes meanwhile are left out. */
export async function storedFiles(dir: string): Promise<readonly StoredFile[]> {
  const names = (await readdir(dir)).filter((name) => name.endsWith('.jsonl')).toSorted()
  const found = await Promise.all(
    names.map((name) =>
      stat(join(dir, name)).then(
        ({ size, mtimeMs }): StoredFile => ({ name, startMs: startOf(name), endMs: Math.ceil(mtimeMs), bytes: size }),
        () => undefined,
      ),
    ),
  )
  return found.filter((file) => file !== undefined)
}
