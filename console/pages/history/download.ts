import type { HistoryRow } from '../../cluster/history/history.ts'

const COLUMNS = [
  'name',
  'requester',
  'policy',
  'risk',
  'outcome',
  'created',
  'ended',
  'decidedBy',
  'access',
  'reason',
  'grant',
  'grantEnd',
] as const satisfies readonly (keyof HistoryRow)[]

/** What a spreadsheet would evaluate. An agent chooses some of these texts. */
const FORMULA = /^\s*[=+\-@＝＋－＠]|^[\t\r]/
/** Where a semicolon separates cells, a cell begins inside of what is one here, and the quotes do not protect it. */
const INNER = /([;\t\r\n] {0,8})(?=[=+\-@＝＋－＠])/g

/** A cell of RFC 4180 that no spreadsheet takes for a formula. */
function cell(value: string | readonly string[]): string {
  const text = (typeof value === 'string' ? value : value.join('; ')).replaceAll(INNER, "$1'")
  const plain = FORMULA.test(text) ? `'${text}` : text
  return `"${plain.replaceAll('"', '""')}"`
}

/** The rows as a table for a spreadsheet. */
export const toCsv = (rows: readonly HistoryRow[]): string =>
  [COLUMNS.join(','), ...rows.map((row) => COLUMNS.map((column) => cell(row[column])).join(','))].map((line) => `${line}\r\n`).join('')

/** The rows, and whether they are all. */
export const toJson = (rows: readonly HistoryRow[], isAll: boolean): string => `${JSON.stringify({ complete: isAll, requests: rows }, null, 2)}\n`
