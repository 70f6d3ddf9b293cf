import { request } from 'node:https'
import type { Browser } from '../../../hack/browser/plain-browser.ts'

export type Streamed = { readonly event: string; readonly id: string; readonly data: string }
export type Reader = {
  readonly code: number
  readonly type: string
  readonly setCookie: readonly string[]
  readonly events: Streamed[]
  /** Whether the server ended the stream. */
  readonly state: { ended: boolean }
  close(): void
}

const field = (block: string, name: string): string => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1] ?? ''

/** Opens server-sent events with the cookies of a browser, and collects what arrives. */
export function readEvents(browser: Browser, url: string, { ca, lastId }: { readonly ca: string; readonly lastId?: string }): Promise<Reader> {
  const cookie = [...browser.cookies(new URL(url).origin)].map(([name, value]) => `${name}=${value}`).join('; ')
  return new Promise((resolve, reject) => {
    const sent = request(url, { ca, agent: false, headers: { cookie, ...(lastId === undefined ? {} : { 'last-event-id': lastId }) } }, (response) => {
      const events: Streamed[] = []
      const state = { ended: false }
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        text += chunk
        for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
          const block = text.slice(0, end)
          text = text.slice(end + 2)
          if (block.includes('event: ')) events.push({ event: field(block, 'event'), id: field(block, 'id'), data: field(block, 'data') })
        }
      })
      response.on('close', () => (state.ended = true))
      resolve({
        code: response.statusCode ?? 0,
        type: response.headers['content-type'] ?? '',
        setCookie: response.headers['set-cookie'] ?? [],
        events,
        state,
        close: () => void response.destroy(),
      })
    })
    sent.on('error', reject)
    sent.end()
  })
}
