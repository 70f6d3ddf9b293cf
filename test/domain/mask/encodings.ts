/** The forms in which a value may appear in text, with text around it. Written independently of value-forms.ts. */
type Around = { readonly before: Buffer; readonly value: Buffer; readonly after: Buffer }

const all = ({ before, value, after }: Around) => Buffer.concat([before, value, after])
const text = (around: Around) => all(around).toString('utf8')
const phase = (count: number) => (around: Around) => {
  const { length } = around.before
  const pad = Buffer.alloc((count + 3 - (length % 3)) % 3, 0x41)
  return Buffer.concat([pad, all(around)]).toString('base64')
}
const goEscapes: Record<string, string> = { '<': '\\u003c', '>': '\\u003e', '&': '\\u0026', '\u2028': '\\u2028', '\u2029': '\\u2029' }
const percent = (around: Around, upper: boolean) =>
  [...all(around)].map((byte) => (/[A-Za-z0-9\-_.~]/.test(String.fromCharCode(byte)) ? String.fromCharCode(byte) : hexByte(byte, upper))).join('')
const hexByte = (byte: number, upper: boolean) => `%${upper ? byte.toString(16).padStart(2, '0').toUpperCase() : byte.toString(16).padStart(2, '0')}`

/** For any bytes. */
export const byteEncodings: Record<string, (around: Around) => Buffer | string> = {
  raw: all,
  'base64, phase 0': phase(0),
  'base64, phase 1': phase(1),
  'base64, phase 2': phase(2),
  base64url: (around) => all(around).toString('base64url'),
  'base64 of the value alone': ({ value }) => value.toString('base64'),
  hex: (around) => all(around).toString('hex'),
  'hex in capitals': (around) => all(around).toString('hex').toUpperCase(),
  percent: (around) => percent(around, true),
  'percent in small letters': (around) => percent(around, false),
}

const MARKUP: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }
const hexUnit = (unit: string) => unit.charCodeAt(0).toString(16).padStart(4, '0')

/** For text only. */
export const textEncodings: Record<string, (around: Around) => string> = {
  'a URL component': (around) => encodeURIComponent(text(around)),
  'a form field': (around) => new URLSearchParams([['a', text(around)]]).toString(),
  JSON: (around) => JSON.stringify(text(around)),
  "Go's JSON": (around) => JSON.stringify(text(around)).replace(/[<>&\u2028\u2029]/g, (char) => goEscapes[char] as string),
  'JSON in JSON': (around) => JSON.stringify(JSON.stringify({ a: text(around) })),
  'single quotes of a shell': (around) => `'${text(around).replaceAll("'", "'\\''")}'`,
  'double quotes of a shell': (around) => `"${text(around).replace(/["\\$`]/g, '\\$&')}"`,
  'single quotes of YAML': (around) => `'${text(around).replaceAll("'", "''")}'`,
  'quotes of Python and C': (around) => `'${text(around).replace(/['\\]/g, '\\$&')}'`,
  'quotes of SQL': (around) => `'${text(around).replace(/["'\\]/g, '\\$&')}'`,
  'quotes of a shell between quotes': (around) => `'${text(around).split("'").join(`'"'"'`)}'`,
  "Python's JSON": (around) => JSON.stringify(text(around)).replace(/[\u0080-\uffff]/g, (unit) => `\\u${hexUnit(unit)}`),
  "Python's JSON in JSON": (around) => JSON.stringify(JSON.stringify(text(around)).replace(/[\u0080-\uffff]/g, (unit) => `\\u${hexUnit(unit)}`)),
  'the JSON of .NET': (around) =>
    text(around).replace(/[^ -~]|["&'+<>`\\]/g, (unit) => (unit === '\\' ? '\\\\' : `\\u${hexUnit(unit).toUpperCase()}`)),
  'a URL component twice': (around) => encodeURIComponent(encodeURIComponent(text(around))),
  'base64 of JSON': (around) => Buffer.from(JSON.stringify({ a: text(around) })).toString('base64'),
  'base64 of a URL': (around) => Buffer.from(`postgres://a:${encodeURIComponent(text(around))}@b/c`).toString('base64'),
  'HTML of Ruby': (around) => text(around).replace(/[&<>"']/g, (char) => ({ ...MARKUP, '"': '&quot;', "'": '&#39;' })[char] as string),
  'HTML of PHP': (around) => text(around).replace(/[&<>"']/g, (char) => ({ ...MARKUP, '"': '&quot;', "'": '&#039;' })[char] as string),
  'HTML without quotes': (around) => text(around).replace(/[&<>]/g, (char) => MARKUP[char] as string),
  XML: (around) =>
    text(around).replace(/[&<>"']/g, (char) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' })[char] as string),
}
