import type Provider from 'oidc-provider'
import { continuePage } from '../pages/continue.ts'

const FIELD = /<input type="hidden" name="([^"]*)" value="([^"]*)"\/>/g

const unescaped = (text: string): string =>
  text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&#x27;', "'")
    .replaceAll('&amp;', '&')

/**
 * oidc-provider answers with forms that a script sends. Our pages have no scripts and forbid them, so such a form gets a button instead.
 */
export const plainForms: Parameters<Provider['use']>[0] = async (context, next) => {
  await next()
  const body: unknown = context.body
  if (typeof body !== 'string' || !body.includes('<title>Submitting Callback</title>')) return
  const action = unescaped(/<form method="post" action="([^"]*)">/.exec(body)?.[1] ?? '')
  const fields = [...body.matchAll(FIELD)].map(([, name = '', value = '']) => ({ name: unescaped(name), value: unescaped(value) }))
  context.type = 'html'
  context.body = continuePage({ action, fields })
}
