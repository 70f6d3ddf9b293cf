import { Agent, fetch } from 'undici'

export type Page = {
  readonly url: string
  readonly code: number
  readonly text: string
  readonly headers: { get(name: string): string | null; getSetCookie(): string[] }
}
export type Form = { readonly [field: string]: string }

export type Browser = {
  /** Opens a page and follows redirects. `from`: what another site would send. */
  open(url: string): Promise<Page>
  /** Sends a form and follows redirects. */
  post(url: string, form: Form, headers?: { readonly [name: string]: string }): Promise<Page>
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

/** The value of a hidden field on a page. */
export function hiddenField({ text }: Pick<Page, 'text'>, name: string): string {
  const found = new RegExp(`name="${name}" value="([^"]*)"`).exec(text)?.[1]
  if (found === undefined) throw new Error(`no field ${name} on the page`)
  return found
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
  const follow = async (first: Page): Promise<Page> => {
    let page = first
    for (let count = 0; page.code >= 300 && page.code < 400; count += 1) {
      if (count === MAX_REDIRECTS) throw new Error(`too many redirects at ${page.url}`)
      page = await once(new URL(page.headers.get('location') ?? '', page.url).href)
    }
    return page
  }
  return {
    once,
    open: async (url) => follow(await once(url)),
    post: async (url, form, headers = {}) =>
      follow(
        await once(url, {
          method: 'POST',
          body: new URLSearchParams(form).toString(),
          headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
        }),
      ),
    cookies: jarOf,
    close: () => dispatcher.close(),
  }
}
