/** Shapes of one line: connection strings, command lines, user:password. */
import { isCredentialName } from '../credential-names.ts'
import { BLANKS, trimmed, unquoted, type ShapedText } from './item.ts'

const KEY = /^[\w .-]{1,64}$/

/** `Server=db;Password=…;` */
export function connectionString(_name: string, text: string): Iterable<ShapedText> | undefined {
  if (!text.includes(';') || !text.includes('=')) return undefined
  const fields = text.split(';').map(trimmed)
  const items = fields.filter((field) => field !== '').map(fieldOf)
  return items.length < 2 || !items.every(({ name }) => KEY.test(name)) ? undefined : items
}

function fieldOf(field: string): ShapedText {
  const at = field.indexOf('=')
  return { name: trimmed(field.slice(0, Math.max(at, 0))), text: unquoted(trimmed(field.slice(at + 1))) }
}

/** An option of one letter with its value, as in `mysql -p…`. */
const OPTION = /^-[A-Za-z]([^=]{8,})$/

/** Words separated by blanks. A word after a flag, or after the name of a credential (.netrc, `Bearer`), gets that name. */
export function words(name: string, text: string): Iterable<ShapedText> | undefined {
  if (!BLANKS.test(text)) return undefined
  return namedWords(name, text)
}

function* namedWords(name: string, text: string): Generator<ShapedText> {
  let before = ''
  for (const each of text.split(BLANKS)) {
    const word = unquoted(each.replace(/[;,]$/, ''))
    const bare = word.replace(/^["']/, '')
    const [flag, under] = [/^--?([A-Za-z][\w.-]{0,64}):?$/.exec(word)?.[1], before]
    before = flag ?? (/^[A-Za-z][\w-]{2,40}:?$/.test(bare) && isCredentialName(bare) ? bare : '')
    const inner = word.replace(/^-{1,2}(?=[\w.-]+=)/, '')
    const option = OPTION.exec(word)?.[1]
    if (option !== undefined) yield { name, text: option, word: true }
    yield under === '' ? { name, text: inner, word: true } : { name: under, text: inner }
  }
}

const PAIR = /^[^\t-\r :/]{1,256}:(?!\/\/)([^\t-\r ]{1,4096})$/

/** `user:password`, a line of htpasswd, a line of pgpass. */
export function pair(name: string, text: string): Iterable<ShapedText> | undefined {
  const password = PAIR.exec(text)?.[1]
  if (password === undefined) return undefined
  const last = password.slice(password.lastIndexOf(':') + 1)
  return [...new Set([password, last])].map((each) => ({ name, text: each }))
}
