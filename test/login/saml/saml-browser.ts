import { Agent, fetch, type RequestInit, type Response } from 'undici'
import { parseXml } from '../../../login/saml/xml/parse.ts'
import { inflateRawSync } from 'node:zlib'
import type { App } from './app.ts'

/** A browser with one cookie jar, which follows nothing by itself. */
export type Visitor = {
  get(path: string): Promise<Response>
  post(path: string, fields: { readonly [name: string]: string }): Promise<Response>
  /** Begins to sign in, and returns the ID of the request that the identity provider gets. */
  begin(): Promise<string>
  close(): Promise<void>
}

export function visitorOf(app: App): Visitor {
  const dispatcher = new Agent({ connect: { ca: app.ca } })
  let cookie = ''
  const call = async (path: string, options: RequestInit): Promise<Response> => {
    const headers = { ...(cookie === '' ? {} : { cookie }), ...(options.headers as object) }
    const response = await fetch(path.startsWith('https:') ? path : `${app.url}${path}`, { ...options, dispatcher, redirect: 'manual', headers })
    const [set] = response.headers.getSetCookie()
    if (set !== undefined) cookie = set.split(';')[0] ?? ''
    return response
  }
  const get = (path: string): Promise<Response> => call(path, { method: 'GET' })
  return {
    get,
    post: (path, fields) =>
      call(path, {
        method: 'POST',
        body: new URLSearchParams(fields).toString(),
        headers: { 'content-type': 'application/x-www-form-urlencoded', origin: 'https://idp.test' },
      }),
    begin: async () => {
      const response = await get('/begin')
      return requestIn(response.headers.get('location') ?? '').getAttribute('ID') ?? ''
    },
    close: () => dispatcher.close(),
  }
}

/** The message in a URL of the HTTP-Redirect binding. */
export const requestIn = (location: string): ReturnType<typeof parseXml>['root'] => {
  const query = new URL(location).searchParams
  return parseXml(inflateRawSync(Buffer.from(query.get('SAMLRequest') ?? query.get('SAMLResponse') ?? '', 'base64')).toString()).root
}

export const base64 = (xml: string): string => Buffer.from(xml).toString('base64')
