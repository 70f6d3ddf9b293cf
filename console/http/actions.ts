import type { Express, Request } from 'express'
import type { AccessRequestStatus } from '../../domain/api/access-request.ts'
import type { Decision } from '../../domain/approval/decision.ts'
import { asStatusError, StatusError } from '../../domain/status-error.ts'
import { revokeGrant } from '../cluster/grants.ts'
import { decideOn } from '../cluster/requests.ts'
import { MAX_MESSAGE } from '../pages/limits.ts'
import type { ActionRoute } from './action.ts'
import { approve } from './approve.ts'
import type { Context } from './context.ts'
import { checkForm, field, readForm } from './form.ts'
import { KEY_ACTIONS } from './keys.ts'
import { requestPath } from './known-path.ts'
import { nameIn } from './pages.ts'
import { sessionEnded, type createSignedIn, type SignedInRequest } from './signed-in.ts'

export const invalid = (message: string): StatusError => new StatusError('Invalid', `Nothing was done: ${message}`)

export function messageIn(request: Request): string | undefined {
  const text = field(request, 'reason')
  if (text.length > MAX_MESSAGE) throw invalid(`the reason is longer than ${MAX_MESSAGE} characters.`)
  return text === '' ? undefined : text
}

/** A positive number of a field. Undefined when the field is empty. Anything else is refused: it must not read as "as asked". */
function numberIn(request: Request, name: string): number | undefined {
  const text = field(request, name)
  if (text === '') return undefined
  if (!/^[1-9]\d{0,8}$/.test(text)) throw invalid(`${name} must be a positive whole number.`)
  return Number(text)
}

/** The server refuses what would be wider than the request. */
function narrowedIn(request: Request): AccessRequestStatus['narrowed'] {
  const [durationSeconds, maxUses] = [numberIn(request, 'duration'), numberIn(request, 'uses')]
  if (durationSeconds === undefined && maxUses === undefined) return undefined
  return { ...(durationSeconds === undefined ? {} : { durationSeconds }), ...(maxUses === undefined ? {} : { maxUses }) }
}

const approval = (request: Request): Decision => ({
  type: 'Approved',
  message: messageIn(request),
  narrowed: narrowedIn(request),
  unseen: field(request, 'unseen') === 'yes',
})

function denial(request: Request): Decision {
  const message = messageIn(request)
  if (message === undefined) throw invalid('a denial needs a reason, which the agent receives.')
  return { type: 'Denied', message, narrowed: undefined }
}

async function decide({ request, client, nowMs }: SignedInRequest, decision: Decision): Promise<string> {
  const name = nameIn(request.params['name'])
  await decideOn(client, name, { decision, seen: field(request, 'seen'), nowMs })
  return requestPath(name)
}

const ACTIONS: readonly ActionRoute[] = [
  ...KEY_ACTIONS,
  { action: 'approve', path: '/requests/:name/approve', act: (call) => approve(call, approval(call.request)) },
  { action: 'deny', path: '/requests/:name/deny', act: (call) => decide(call, denial(call.request)) },
  {
    action: 'revoke',
    path: '/grants/:name/revoke',
    act: async ({ request, client }) => {
      await revokeGrant(client, nameIn(request.params['name']), messageIn(request))
      return '/grants'
    },
  },
]

/** What changes something: only by POST, with the token of the session, and then a redirect to a page. */
export function serveAction(
  app: Express,
  signedIn: ReturnType<typeof createSignedIn>,
  { action, path, act, url, metrics }: ActionRoute & Pick<Context, 'url' | 'metrics'>,
): void {
  app.post(
    path,
    readForm,
    signedIn(async (call) => {
      try {
        checkForm(call.request, call.session, url)
        const next = await act(call)
        metrics.acted(action, next === undefined ? call.response.statusCode : 303)
        if (next !== undefined) call.response.redirect(303, next)
      } catch (error) {
        metrics.acted(action, asStatusError(error).code)
        throw error
      }
    }, sessionEnded),
  )
}

export function serveActions(app: Express, signedIn: ReturnType<typeof createSignedIn>, { url, metrics }: Pick<Context, 'url' | 'metrics'>): void {
  for (const each of ACTIONS) serveAction(app, signedIn, { ...each, url, metrics })
}
