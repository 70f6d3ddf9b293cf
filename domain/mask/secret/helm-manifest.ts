/**
 * The rendered YAML of a Helm release. Values of Secrets in it are masked by structure, line by line, because a release may contain values
 * that no live Secret has. If a Secret is not written in the way Helm charts write them, its whole document is removed.
 */
import { MASK_TEXT } from './mask-text.ts'

const SECRET = /^kind:\s*["']?Secret["']?\s*(#.*)?$/m
const NESTED_SECRET = /["']?kind["']?\s*:\s*["']?Secret\b/
const FIELD = /^(data|stringData):(.*)$/
const ENTRY = /^(\s+)(["']?[\w.-]+["']?):(\s|$)/
const NAME = /^\s+name:\s*["']?([a-z0-9.-]+)["']?\s*(#.*)?$/
const WITHHELD = `# a Secret is withheld ${MASK_TEXT}`
const MASKED = Buffer.from(MASK_TEXT).toString('base64')

/** A value of a Secret in a manifest: the lines that contain it, and its key. */
export type HelmEntry = { readonly secret: string; readonly key: string; readonly field: 'data' | 'stringData'; readonly lines: string }

/** Returns the placeholder of an entry in base64. helm sends it back on a rollback. */
export type ReleasedPlaceholder = (entry: HelmEntry) => string

/** @param released without it, every value gets the same mask, which cannot be restored */
export function maskManifest(text: string, released?: ReleasedPlaceholder): string {
  return documentsOf(text)
    .map((document) => (NESTED_SECRET.test(document) ? maskDocument(document, released) : document))
    .join('')
}

/** The documents of a manifest that are Secrets in the form that charts write, with their values. */
export function secretsIn(text: string): readonly { readonly document: string; readonly entries: readonly HelmEntry[] }[] {
  return documentsOf(text).flatMap((document) => {
    if (!NESTED_SECRET.test(document) || isOdd(document)) return []
    const { name, pieces } = read(document)
    return [{ document, entries: pieces.flatMap((piece) => (typeof piece === 'string' ? [] : [entryOf(piece, name)])) }]
  })
}

const documentsOf = (text: string): readonly string[] => text.split(/^(?=---)/m)
const isOdd = (document: string): boolean => !SECRET.test(document) || document.split('\n').some((line) => /^\s*[{[]/.test(line))

function maskDocument(document: string, released: ReleasedPlaceholder | undefined): string {
  if (isOdd(document)) return `---\n${WITHHELD}\n`
  const { name, pieces } = read(document)
  return pieces.map((piece) => (typeof piece === 'string' ? piece : maskPiece(piece, name, released))).join('\n')
}

/** A value with all its lines. */
type Value = { readonly indent: string; readonly spelt: string; readonly field: HelmEntry['field']; readonly lines: string[] }

function maskPiece(value: Value, name: string, released: ReleasedPlaceholder | undefined): string {
  const base64 = name === '' || released === undefined ? MASKED : released(entryOf(value, name))
  const shown = value.field === 'data' ? base64 : `"${Buffer.from(base64, 'base64').toString('latin1')}"`
  return `${value.indent}${value.spelt}: ${shown}`
}

const entryOf = ({ spelt, field, lines }: Value, secret: string): HelmEntry => ({
  secret,
  key: spelt.replaceAll(/^["']|["']$/g, ''),
  field,
  lines: lines.join('\n'),
})

type Reading = {
  readonly pieces: (string | Value)[]
  /** The last value among the pieces. To search for it at each line would take quadratic time. */
  last: Value | undefined
  readonly names: string[]
  /** The top-level field that contains the line, where that matters, and the indentation of that field's own fields. */
  field: HelmEntry['field'] | 'metadata' | undefined
  indent: string | undefined
}

/** Splits a Secret into lines, with the lines of each value together. The name is empty if it cannot be determined. */
function read(document: string): { readonly name: string; readonly pieces: readonly (string | Value)[] } {
  const reading: Reading = { pieces: [], last: undefined, names: [], field: undefined, indent: undefined }
  for (const line of document.split('\n')) {
    if (/^[^\s#]/.test(line)) beginField(line, reading)
    else if (reading.field === 'data' || reading.field === 'stringData') readValue(line, reading.field, reading)
    else readOther(line, reading)
  }
  const { names, pieces } = reading
  return { name: names.length === 1 ? (names[0] as string) : '', pieces }
}

function beginField(line: string, reading: Reading): void {
  const begun = FIELD.exec(line)
  reading.field = (begun?.[1] as HelmEntry['field'] | undefined) ?? (/^metadata:\s*$/.test(line) ? 'metadata' : undefined)
  reading.indent = undefined
  reading.pieces.push(begun === null || begun[2]?.trim() === '' ? line : `${begun[1]}: {} ${WITHHELD}`)
}

/** The name is at the indentation of the first metadata field, not below labels. */
function readOther(line: string, reading: Reading): void {
  reading.pieces.push(line)
  if (reading.field !== 'metadata') return
  reading.indent ??= /^\s+(?=\S)/.exec(line)?.[0]
  const name = /^\s*/.exec(line)?.[0] === reading.indent ? NAME.exec(line)?.[1] : undefined
  if (name !== undefined) reading.names.push(name)
}

/** A line that does not begin an entry belongs to the previous one. */
function readValue(line: string, field: HelmEntry['field'], reading: Reading): void {
  const { pieces } = reading
  const entry = ENTRY.exec(line)
  reading.indent ??= entry?.[1]
  if (line === '') pieces.push(line)
  else if (entry !== null && entry[1] === reading.indent) {
    reading.last = { indent: entry[1] ?? '', spelt: entry[2] ?? '', field, lines: [line.slice(entry[0].length)] }
    pieces.push(reading.last)
  } else reading.last?.lines.push(line)
}
