import type { Request, Response } from 'express'
import type { StatusError } from '../../domain/status-error.ts'
import { pageOf } from '../html/navigation.ts'
import { errorPage, isPassing, titleOf } from '../pages/message.ts'
import type { Session } from '../session/session.ts'
import type { Context } from './context.ts'
import { sessionNow } from './current-session.ts'
import { INBOX, isName, pageOrInbox, requestPath, signInPath } from './known-path.ts'
import { sendPage } from './send-page.ts'

/** Where to look again after an error: the same page when the error passes, the request that it was about, or a page of the navigation. */
function backFrom({ path, method, originalUrl }: Request, error: StatusError): { readonly path: string; readonly text: string } {
  const { code } = error
  const name = /^\/requests\/([^/]+)/.exec(path)?.[1]
  const isThere = isName(name) && code !== 404
  const page = pageOf(path)
  const target = isThere ? requestPath(name) : (page?.path ?? INBOX)
  if (code === 401) return { path: signInPath(target), text: 'Sign in' }
  if (method === 'GET' && isPassing(error)) return { path: pageOrInbox(originalUrl), text: 'Try again' }
  return { path: target, text: isThere ? 'Look at the request again' : `Go to ${page?.title ?? 'Inbox'}` }
}

/** An error page needs no session: a cookie that cannot be read is no other error. */
async function sessionOf(request: Request, context: Context): Promise<Session | undefined> {
  try {
    return await sessionNow(request, context)
  } catch {
    return undefined
  }
}

/** Sends the page of an error, with the navigation for who is signed in. The code of the answer is set already. */
export async function sendError(
  context: Context,
  error: StatusError,
  { request, response }: { readonly request: Request; readonly response: Response },
): Promise<void> {
  const session = await sessionOf(request, context)
  const changes = request.method !== 'GET'
  sendPage(response, { title: titleOf(error), session, body: errorPage(error, backFrom(request, error), { changes }) })
}
