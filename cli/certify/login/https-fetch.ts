import { Agent, request } from 'node:https'
import { usage } from '../../terminal/exit-code.ts'
import type { Environment } from './token-cache.ts'

/** Answers of a provider are far smaller. */
const MAX_BYTES = 1024 * 1024

type Options = { readonly method?: string; readonly headers?: unknown; readonly body?: unknown; readonly signal?: AbortSignal | undefined }

/**
 * fetch over HTTPS with a CA of its own, which the fetch of Node has no option for. It follows no redirects, and goes through the proxy that HTTPS_PROXY and NO_PROXY
 * name, as kubectl does.
 */
export const httpsFetch =
  (ca: string | undefined, env: Environment = {}) =>
  (url: string, { method = 'GET', headers, body, signal }: Options): Promise<Response> =>
    new Promise((resolve, reject) => {
      if (!url.startsWith('https://')) return reject(usage(`${url}: must be https`))
      const options = {
        method,
        headers: Object.fromEntries(new Headers(headers as { readonly [name: string]: string })),
        agent: new Agent({ keepAlive: false, proxyEnv: env }),
        ...(ca === undefined ? {} : { ca }),
        ...(signal === undefined ? {} : { signal }),
      }
      const call = request(url, options, (answer) => {
        const chunks: Buffer[] = []
        let length = 0
        answer.on('data', (chunk: Buffer) => {
          length += chunk.length
          if (length > MAX_BYTES) return void call.destroy(new Error('the answer of the identity provider is too long'))
          chunks.push(chunk)
        })
        answer.on('error', reject)
        answer.on('end', () => {
          const status = answer.statusCode ?? 502
          const headersOf = Object.entries(answer.headers).flatMap(([name, value]) =>
            [value ?? []].flat().map((each): [string, string] => [name, each]),
          )
          resolve(new Response([204, 304].includes(status) ? null : Buffer.concat(chunks), { status, headers: headersOf }))
        })
      })
      call.on('error', reject)
      call.end(body === undefined || body === null ? undefined : body instanceof URLSearchParams ? body.toString() : (body as string | Uint8Array))
    })
