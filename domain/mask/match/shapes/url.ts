/** URLs: the password, and the parts of path and query that cannot be guessed (Slack webhooks, Azure signatures). */
import { BLANKS, withoutTrailing, type ShapedText } from './item.ts'

const SCHEME = /^["'(<]*(?:jdbc:)?[a-z][a-z0-9+.:-]{0,40}:\/\//i
const SEVERAL = /[,\t-\r ](?=[a-z][a-z0-9+.-]{0,20}:\/\/)/i
const USERINFO = /^([^/?#@:]*)(?::([^@]*))?@/
const GREEDY_USERINFO = /^([^@:]*):(\S*)@(?=[^@]*$)/
const MAX_URL = 4096
/** What closes a URL that stands in quotes, brackets or a sentence. */
const CLOSING = `"')>`

export function url(_name: string, text: string): Iterable<ShapedText> | undefined {
  if (!SCHEME.test(text) || BLANKS.test(text)) return undefined
  return ofEach(text.split(SEVERAL))
}

function* ofEach(urls: readonly string[]): Generator<ShapedText> {
  for (const each of urls) yield* itemsOf(each)
}

function itemsOf(whole: string): ShapedText[] {
  const scheme = SCHEME.exec(whole)?.[0]
  if (scheme === undefined) return [{ name: '', text: whole }]
  const rest = whole.slice(scheme.length, MAX_URL)
  // A password may contain an unescaped slash or @.
  const [userinfo, user = '', password] = USERINFO.exec(rest) ?? GREEDY_USERINFO.exec(rest) ?? ['']
  const greedy = GREEDY_USERINFO.exec(rest)?.[2]
  const passwords = [...new Set([password, greedy === password ? undefined : greedy])].filter((each) => each !== undefined && each !== '')
  const [path = '', ...parameters] = withoutTrailing(rest.slice(userinfo.length), CLOSING).split(/[?#&;]/)
  return [
    ...passwords.flatMap((each) => plainAndDecoded('password', each as string)),
    ...plainAndDecoded('', user),
    ...path
      .split('/')
      .slice(1)
      .flatMap((segment) => plainAndDecoded('', segment)),
    ...parameters.flatMap((parameter) => {
      const at = parameter.indexOf('=')
      return plainAndDecoded(parameter.slice(0, Math.max(at, 0)), parameter.slice(at + 1))
    }),
  ]
}

/** A text, and what it stands for if it is percent-encoded. */
export function plainAndDecoded(name: string, text: string): ShapedText[] {
  if (!text.includes('%')) return [{ name, text }]
  try {
    return [
      { name, text },
      { name, text: Buffer.from(decodeURIComponent(text)).toString('latin1') },
    ]
  } catch {
    return [{ name, text }]
  }
}
