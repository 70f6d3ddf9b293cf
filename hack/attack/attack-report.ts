import { CHAPTERS, CORPUS, idsOf } from './corpus.ts'

/** A test as vitest's JSON reporter describes it. */
export type TestResult = { readonly title: string; readonly status: string }
export type Result = 'passed' | 'FAILED' | 'open'
export type Row = { readonly id: string; readonly attack: string; readonly result: Result }

const RESULTS: { readonly [status: string]: Result } = { passed: 'passed', todo: 'open', skipped: 'open', pending: 'open', disabled: 'open' }

/** One row for each test and id, and one for each id of the corpus without a test. A test that is not known to have passed counts as failed. */
export function rowsOf(tests: readonly TestResult[]): readonly Row[] {
  const rows = tests.flatMap(({ title, status }): readonly Row[] => {
    const ids = idsOf(title)
    const attack = title.replace(/^(?:[A-KOX]\d{1,2} )+/, '')
    return ids.map((id) => ({ id, attack, result: RESULTS[status] ?? 'FAILED' }))
  })
  const named = new Set(rows.map(({ id }) => id))
  const missing = CORPUS.filter((id) => !named.has(id)).map((id): Row => ({ id, attack: 'no attack of this suite yet', result: 'open' }))
  return [...rows, ...missing].toSorted((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0))
}

/** An id has passed if every attack with that id that ran has passed. If none ran, it is open. */
export function resultsById(rows: readonly Row[]): ReadonlyMap<string, Result> {
  const found = new Map<string, Result>()
  for (const { id, result } of rows) {
    const before = found.get(id)
    if (result === 'FAILED' || before === undefined || (before === 'open' && result === 'passed'))
      found.set(id, before === 'FAILED' ? before : result)
  }
  return found
}

const padded = (text: string, width: number): string => text.padEnd(width)

export function table(rows: readonly Row[]): string {
  const lines = rows.map(({ id, attack, result }) => `${padded(id, 4)} ${padded(result, 6)}  ${attack}`)
  const shown = Object.entries(CHAPTERS).filter(([letter]) => rows.some(({ id }) => id.startsWith(letter)))
  const chapters = shown.map(([letter, name]) => {
    const results = [...resultsById(rows)].filter(([id]) => id.startsWith(letter)).map(([, result]) => result)
    const count = (wanted: Result): number => results.filter((result) => result === wanted).length
    return `${letter}  ${padded(name, 40)} ${count('passed')} passed, ${count('open')} open, ${count('FAILED')} failed`
  })
  return [...lines, '', ...chapters, ''].join('\n')
}
