/**
 * The forms in which a value is searched for. NOT covered: UTF-16, quoted-printable, hex with separators, and other transformations, such as those of a shell
 * pipeline (reversed, gzipped, one character a line). Each form is memory for every value of the cluster. Masking by value is a safety net; the security boundary is who may exec.
 */
import { MIN_PATTERN } from './pattern.ts'

const WORD = /[A-Za-z0-9]/
/** Percent-encoding, quoting and markup do not change a value of these characters. Most values have no others. */
const UNCHANGED = /^[A-Za-z0-9_-]*$/

/** Distinct byte strings as latin1, the raw value first. Forms shorter than 8 bytes are left out. */
export function formsOf(value: Buffer): string[] {
  const forms = new Set<string>()
  const raw = value.toString('latin1')
  if (value.length >= MIN_PATTERN) forms.add(raw)
  const seen = new Set<string>()
  // Flat strings of one byte a character: concatenated or sliced strings would keep their parts alive. Most forms come several times.
  const add = (form: string): void => {
    if (seen.has(form)) return
    seen.add(form)
    const bytes = Buffer.from(form)
    if (bytes.length >= MIN_PATTERN) forms.add(bytes.toString('latin1'))
  }
  for (const form of base64Forms(value)) {
    add(form)
    add(form.replaceAll('+', '-').replaceAll('/', '_'))
  }
  for (const form of wrapped(value.toString('base64'))) add(form)
  // Inside text that is base64 as a whole: a manifest of the Secret, a line of `get -o yaml`.
  for (const form of inBase64(Buffer.from(value.toString('base64')))) add(form)
  const hex = value.toString('hex')
  add(hex)
  add(hex.toUpperCase())
  if (UNCHANGED.test(raw)) return [...forms]
  for (const { upper, lower } of PERCENT_ESCAPES) {
    const escaped = escapedBy(upper, value)
    add(escaped)
    add(escapedBy(lower, value))
    add(escaped.replaceAll('%', '%25'))
  }
  for (const { upper } of FORM_ESCAPES) add(escapedBy(upper, value).replaceAll('%20', '+'))
  const text = value.toString('utf8')
  if (!Buffer.from(text).equals(value)) return [...forms]
  for (const form of [...textForms(text), ...inBase64OfDocuments(text)]) add(form)
  return [...forms]
}

/** In base64 of a JSON document, and of a URL. */
function inBase64OfDocuments(text: string): string[] {
  const inner = [JSON.stringify(text).slice(1, -1), encodeURIComponent(text)].filter((form) => form !== text)
  return inner.flatMap((form) => inBase64(Buffer.from(form)))
}

/**
 * The whole value with and without padding, and the characters that do not depend on the neighbouring bytes when the value begins 0, 1 or 2
 * bytes into a group of three in a longer text.
 */
function base64Forms(value: Buffer): string[] {
  const whole = value.toString('base64')
  return [whole, whole.replace(/=+$/, ''), ...inBase64(value)]
}

function inBase64(value: Buffer): string[] {
  return [0, 1, 2].map((phase) => {
    const text = Buffer.concat([Buffer.alloc(phase), value]).toString('base64')
    const from = Math.ceil((phase * 8) / 6)
    return text.slice(from, Math.floor(((phase + value.length) * 8) / 6))
  })
}

/**
 * Line lengths of `base64` and of PEM. A single line is not searched for: output that begins in the middle of a value is documented as not
 * covered.
 */
const COLUMNS = [76, 64]

function wrapped(base64: string): string[] {
  return COLUMNS.filter((columns) => base64.length > columns).map((columns) => base64.match(new RegExp(`.{1,${columns}}`, 'g'))?.join('\n') ?? '')
}

/** The characters that encodeURIComponent, Go's url.QueryEscape, Go's userinfo, Go's url.PathEscape and Python's quote do not escape. */
const PERCENT_KEEPS = ["-_.!~*'()", '-_.~', '-_.~$&+,;=', '-_.~$&+:=@', '-_.~/']
/** The characters that form encoding, where a space is a plus, does not escape: Go and Python, WHATWG and Java. */
const FORM_KEEPS = ['-_.~', '*-._']

const hexDigits = (byte: number): string => byte.toString(16).padStart(2, '0')

/** What stands for each byte, with hex digits in upper and in lower case. */
function escapes(kept: string): { readonly upper: readonly string[]; readonly lower: readonly string[] } {
  const table = (hexOf: (byte: number) => string): readonly string[] =>
    Array.from({ length: 256 }, (_, byte) => {
      const char = String.fromCharCode(byte)
      return WORD.test(char) || kept.includes(char) ? char : `%${hexOf(byte)}`
    })
  return { upper: table((byte) => hexDigits(byte).toUpperCase()), lower: table(hexDigits) }
}

const PERCENT_ESCAPES = PERCENT_KEEPS.map(escapes)
const FORM_ESCAPES = FORM_KEEPS.map(escapes)

function escapedBy(table: readonly string[], value: Buffer): string {
  let text = ''
  for (const byte of value) text += table[byte] as string
  return text
}

function textForms(text: string): string[] {
  const json = JSON.stringify(text).slice(1, -1)
  const goJson = json.replace(/[<>&\u2028\u2029]/g, escapeUnit)
  const ascii = json.replace(/[\u0080-\uffff]/g, escapeUnit)
  return [
    json,
    goJson,
    ascii,
    json.replaceAll('/', '\\/'),
    ...[json, goJson, ascii].map((form) => JSON.stringify(form).slice(1, -1)),
    JSON.stringify(JSON.stringify(json).slice(1, -1)).slice(1, -1),
    // .NET's JSON.
    text.replaceAll('\\', '\\\\').replace(/[^\x20-\x7e]|["&'+<>`]/g, (char) => escapeUnit(char).toUpperCase().replace('U', 'u')),
    ...quotedForms(text),
    ...MARKUPS.map((names) => text.replace(/[&<>"']/g, (char) => names[char] ?? char)),
  ]
}

/** `\uXXXX` of one UTF-16 unit. */
const escapeUnit = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`

/** In quotes of a shell, of YAML, and of programs. */
function quotedForms(text: string): string[] {
  return [
    text.replaceAll("'", "'\\''"),
    text.replaceAll("'", `'"'"'`),
    text.replaceAll("'", "''"),
    text.replace(/['\\]/g, '\\$&'),
    text.replace(/["'\\]/g, '\\$&'),
    text.replace(/["\\$`]/g, '\\$&'),
    text.replace(/[^A-Za-z0-9_@%+=:,./-]/g, '\\$&'),
  ]
}

const TEXT: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }
const XML = { ...TEXT, '"': '&quot;', "'": '&apos;' }
/** XML with both kinds of quotes; Go, Python, Ruby and PHP; attributes and texts. */
const MARKUPS: readonly Record<string, string>[] = [
  XML,
  { ...TEXT, '"': '&#34;', "'": '&#39;' },
  { ...XML, "'": '&#x27;' },
  { ...XML, "'": '&#39;' },
  { ...XML, "'": '&#039;' },
  { ...TEXT, '"': '&quot;' },
  TEXT,
]
