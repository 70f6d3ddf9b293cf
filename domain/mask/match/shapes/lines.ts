/** Texts with lines: .env, ini, properties, TOML and YAML files, and others. */
import { trimmed, unquoted, type ShapedText } from './item.ts'

const ASSIGNMENT = /^(?:export\s+|set\s+|-\s+)*["']?([\w./-]{1,256})["']?\s*(?:=(?!=*$)|:=|:(?=\s|$))\s*(.*)$/i
const COMMENT = /[\t ]#/
const BLOCK = /^[|>][+-]?\d?$/
const MAX_DEPTH = 32

/** Each line of a text with several lines. A line without a name of its own gets the name above it (a YAML list or block). */
export function lines(name: string, text: string): Iterable<ShapedText> | undefined {
  if (text.includes('\n')) return namedLines(name, text.split('\n'))
  // A file on one line of an .env file.
  return text.includes('\\n') ? namedLines(name, text.split(/(?:\\r)?\\n/)) : undefined
}

function* namedLines(name: string, all: readonly string[]): Generator<ShapedText> {
  const above: Above[] = []
  for (const line of all.filter(saysSomething)) {
    const text = trimmed(line)
    const indent = line.indexOf(text)
    close(above, text.startsWith('- ') ? indent + 1 : indent)
    const own = assigned(text)
    if (own === undefined) yield { name: above.at(-1)?.name ?? name, text: text.replace(/^-\s+/, '') }
    else if (own.text !== '' && !BLOCK.test(own.text)) yield own
    else if (above.length < MAX_DEPTH) above.push({ name: own.name, indent })
  }
}

const saysSomething = (line: string): boolean => /^[\t-\r ]*[^\t-\r #]/.test(line)

function assigned(line: string): ShapedText | undefined {
  const [, name, value = ''] = ASSIGNMENT.exec(line) ?? []
  return name === undefined ? undefined : { name, text: plain(value) }
}

/** A name that applies to the lines below it that are indented further. */
type Above = { readonly name: string; readonly indent: number }

function close(above: Above[], indent: number): void {
  while ((above.at(-1)?.indent ?? -1) >= indent) above.pop()
}

/** One line that assigns a value to a name. */
export function assignment(_name: string, text: string): Iterable<ShapedText> | undefined {
  const item = assigned(text)
  return item === undefined || item.text === '' ? undefined : [item]
}

/** YAML flow style, as in `{name: orders, token: …}`, and JSON that does not parse. */
export function flow(name: string, text: string): Iterable<ShapedText> | undefined {
  if (!/^(?:\{.*\}|\[.*\])$/s.test(text)) return undefined
  return text.split(/[{}[\],]+/).map((each) => ({ name, text: each }))
}

function plain(value: string): string {
  const quoted = unquoted(value)
  return quoted === value ? withoutComment(value).replace(/[,;]$/, '') : quoted
}

/** A comment begins after the last quote. */
function withoutComment(value: string): string {
  const from = Math.max(value.lastIndexOf('"'), value.lastIndexOf("'")) + 1
  const at = value.slice(from).search(COMMENT)
  return at === -1 ? value : value.slice(0, from + at)
}
