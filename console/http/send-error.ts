import type { Request, Response } from 'express'
import type { StatusError } from '../../domain/status-error.ts'
import { pageOf } from '../html/navigation.ts'
import { errorPage, isPassing, titleOf } from '../pages/error-page.ts'
import type { Typed } from '../pages/unsent-text.ts'
import type { Session } from '../session/session.ts'
import type { Context } from './context.ts'
import { sessionNow } from './current-session.ts'
import { field, isFromElsewhere } from './read-form.ts'
import { INBOX, isName, pageOrInbox, requestPath, signInPath } from './known-path.ts'
import { sendPage } from './send-page.ts'

type Back = { readonly path: string; readonly text: string }

/** Where to look again after an error: the same page when the error passes, the request that it was about, or a page of the navigation. */
function backFrom({ path, method, originalUrl }: Request, error: StatusError): Back {
  const back = subjectOf(path, error)
  if (error.code === 401) return { path: signInPath(back.path), text: 'Sign in' }
  return method === 'GET' && isPassing(error) ? { path: pageOrInbox(originalUrl), text: 'Try again' } : back
}

/** The request that the path is of, or the page of the navigation that it belongs to. */
function subjectOf(path: string, { code }: StatusError): Back {
  const name = /^\/requests\/([^/]+)/.exec(path)?.[1]
  if (isName(name) && code !== 404) return { path: requestPath(name), text: 'Look at the request again' }
  const page = pageOf(path)
  return { path: page?.path ?? INBOX, text: `Go to ${page?.title ?? 'Inbox'}` }
}

/** An error page needs no session: a cookie that cannot be read is no other error. */
async function sessionOf(request: Request, context: Context): Promise<Session | undefined> {
  try {
    return await sessionNow(request, context)
  } catch {
    return undefined
  }
}

/** Fields in which people write sentences. What they choose is chosen again in a moment. */
const LABELS: readonly (readonly [field: string, label: string])[] = [
  ['reason', 'The reason that you wrote'],
  ['yaml', 'The YAML that you pasted'],
]

/**
 * What somebody typed into a form of the console that did nothing, for the page that says so: a session that ends or a request that changes costs nobody their
 * words. Nothing for a form of another site, which would put its words onto a page of the console.
 */
function typedIn(request: Request, url: string): readonly Typed[] {
  const { 'sec-fetch-site': site, origin } = request.headers
  // Unlike for what a form does, the browser has to say where it comes from: there may be no session any more, and so no token.
  if (request.method !== 'POST' || (site === undefined && origin === undefined) || isFromElsewhere(request, url)) return []
  return LABELS.flatMap(([name, label]) => {
    const text = field(request, name)
    return text === '' ? [] : [{ label, text }]
  })
}

/** Sends the page of an error, with the navigation for who is signed in. The code of the answer is set already. */
export async function sendError(
  context: Context,
  error: StatusError,
  { request, response }: { readonly request: Request; readonly response: Response },
): Promise<void> {
  const session = await sessionOf(request, context)
  const changes = request.method !== 'GET'
  sendPage(response, {
    title: titleOf(error),
    session,
    body: errorPage(error, backFrom(request, error), { changes, typed: typedIn(request, context.url) }),
  })
}
