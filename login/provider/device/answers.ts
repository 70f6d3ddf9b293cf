import type Provider from 'oidc-provider'
import { POLL_SECONDS } from './polls.ts'

/**
 * The answer to a device that asks for a code names no link with the code in it: the person types it, so that a link somebody sends them does nothing by itself.
 */
export const deviceAnswers: Parameters<Provider['use']>[0] = async (context, next) => {
  await next()
  const body: unknown = context.body
  if (context.path !== '/device/auth' || typeof body !== 'object' || body === null || !('device_code' in body)) return
  const { verification_uri_complete: _, ...answer } = body as { readonly [name: string]: unknown }
  context.body = { ...answer, interval: POLL_SECONDS }
}
