import { Agent, fetch } from 'undici'

export type Page = {
  readonly url: string
  readonly code: number
  readonly text: string
  readonly headers: { get(name: string): string | null; getSetCookie(): string[] }
}
export type Form = { readonly [field: string]: string }
/** A form that may have a field several times. */
export type Fields = readonly (readonly [field: string, value: string])[]

export type Browser = {
  /** Opens a page and follows redirects. */
  open(url: string): Promise<Page>
  /** Sends a form and follows redirects. */
  post(url: string, form: Form | Fields, headers?: { readonly [name: string]: string }): Promise<Page>
  /** Sends a form without following redirects. */
  send(url: string, form: Form | Fields, headers?: { readonly [name: string]: string }): Promise<Page>
  /** One request without following redirects. */
  once(
    url: string,
    options?: { readonly method?: string; readonly body?: string; readonly headers?: { readonly [name: string]: string } },
  ): Promise<Page>
  /** Cookies of an origin, by name. */
  cookies(origin: string): Map<string, string>
  close(): Promise<void>
}

const MAX_REDIRECTS = 12

const ENTITIES: { readonly [entity: string]: string } = { lt: '<', gt: '>', quot: '"', '#39': "'", '#96': '`', amp: '&' }
/** The text of an attribute, as a browser reads it. */
export const unescaped = (text: string): string => text.replaceAll(/&([a-z]+|#\d+);/g, (entity, name: string) => ENTITIES[name] ?? entity)

const fieldsIn = (markup: string, input: RegExp): Fields =>
  [...markup.matchAll(input)].map(([, name = '', value = '']) => [unescaped(name), unescaped(value)] as const)

/** The hidden fields in the markup of a page, or of a part of it. */
export const hiddenFields = (markup: string): Fields => fieldsIn(markup, /type="hidden" name="([^"]*)" value="([^"]*)"/g)

/** The checkboxes that are checked before anybody touched them. */
export const checkedBoxes = (markup: string): Fields => fieldsIn(markup, /type="checkbox" name="([^"]*)" value="([^"]*)" checked/g)

/** The value of a hidden field on a page. */
export function hiddenField({ text }: Pick<Page, 'text'>, name: string): string {
  const found = hiddenFields(text).find(([field]) => field === name)
  if (found === undefined) throw new Error(`no field ${name} on the page`)
  return found[1]
}

/** Follows redirects as long as they lead inside. Returns the last page, or the URL outside that the last redirect leads to. */
export async function followWithin(
  browser: Pick<Browser, 'once'>,
  first: Page,
  isInside: (url: URL) => boolean,
): Promise<{ readonly page: Page; readonly outside?: URL }> {
  let page = first
  for (let count = 0; page.code >= 300 && page.code < 400; count += 1) {
    const to = new URL(page.headers.get('location') ?? '', page.url)
    if (!isInside(to)) return { page, outside: to }
    if (count === MAX_REDIRECTS) throw new Error(`too many redirects at ${page.url}`)
    page = await browser.once(to.href)
  }
  return { page }
}

/** What a browser does with cookies and redirects, without scripts. Keeps cookies by origin, and honors deletions. */
export function createBrowser(ca: readonly string[]): Browser {
  const dispatcher = new Agent({ connect: { ca: [...ca] } })
  const jars = new Map<string, Map<string, string>>()
  const jarOf = (origin: string): Map<string, string> => {
    const jar = jars.get(origin) ?? new Map<string, string>()
    jars.set(origin, jar)
    return jar
  }
  const once: Browser['once'] = async (url, { method = 'GET', body, headers = {} } = {}) => {
    const { origin } = new URL(url)
    const jar = jarOf(origin)
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
    const answer = await fetch(url, {
      method,
      dispatcher,
      redirect: 'manual',
      headers: { ...(cookie === '' ? {} : { cookie }), ...headers },
      ...(body === undefined ? {} : { body }),
    })
    for (const line of answer.headers.getSetCookie()) {
      const [pair = ''] = line.split(';')
      const at = pair.indexOf('=')
      const isDeletion = /max-age=0(;|$)/i.test(line) || /expires=thu, 01 jan 1970/i.test(line)
      if (isDeletion) jar.delete(pair.slice(0, at))
      else jar.set(pair.slice(0, at), pair.slice(at + 1))
    }
    return { url, code: answer.status, text: await answer.text(), headers: answer.headers }
  }
  const follow = async (first: Page): Promise<Page> => (await followWithin({ once }, first, () => true)).page
  const send: Browser['send'] = (url, form, headers = {}) =>
    once(url, {
      method: 'POST',
      body: new URLSearchParams(Array.isArray(form) ? form : Object.entries(form)).toString(),
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    })
  return {
    once,
    send,
    open: async (url) => follow(await once(url)),
    post: async (url, form, headers) => follow(await send(url, form, headers)),
    cookies: jarOf,
    close: () => dispatcher.close(),
  }
}
