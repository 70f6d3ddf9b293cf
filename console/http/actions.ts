import type { Express, Request } from 'express'
import type { AccessRequest } from '../../domain/api/access-request.ts'
import type { ApprovalDecision } from '../../domain/approval/approval-decision.ts'
import { asStatusError } from '../../domain/status-error.ts'
import { revokeGrant } from '../cluster/grants.ts'
import { decideReview } from '../cluster/reviews.ts'
import { decideOn } from '../cluster/requests.ts'
import { MAX_MESSAGE } from '../pages/max-message.ts'
import type { ActionRoute } from './action.ts'
import { approve } from './request/approve.ts'
import type { Context } from './context.ts'
import { checkForm, field, readApproval, readForm } from './read-form.ts'
import { KEY_ACTIONS } from './keys.ts'
import { decisionsPath, grantsPath, nameIn, requestPath } from './known-path.ts'
import { invalid, narrowedIn } from './request/narrowed-in.ts'
import { sessionEnded, type createSignedIn, type SignedInRequest } from './signed-in.ts'

export function messageIn(request: Request): string | undefined {
  const text = field(request, 'reason')
  if (text.length > MAX_MESSAGE) throw invalid(`the reason is longer than ${MAX_MESSAGE} characters.`)
  return text === '' ? undefined : text
}

const approval = (request: Request, asked: AccessRequest): ApprovalDecision => ({
  type: 'Approved',
  message: messageIn(request),
  narrowed: narrowedIn(request, asked),
  unseen: field(request, 'unseen') === 'yes',
})

function denial(request: Request): ApprovalDecision {
  const message = messageIn(request)
  if (message === undefined) throw invalid('a denial needs a reason, which the agent receives.')
  return { type: 'Denied', message, narrowed: undefined }
}

async function decide({ request, client, nowMs }: SignedInRequest, decision: ApprovalDecision): Promise<string> {
  const name = nameIn(request.params['name'])
  await decideOn(client, name, { decision, seen: field(request, 'seen'), nowMs })
  return decisionsPath(name)
}

const ACTIONS: readonly ActionRoute[] = [
  ...KEY_ACTIONS,
  { action: 'approve', path: '/requests/:name/approve', read: readApproval, act: (call) => approve(call, (asked) => approval(call.request, asked)) },
  { action: 'deny', path: '/requests/:name/deny', act: (call) => decide(call, denial(call.request)) },
  {
    action: 'review',
    path: '/requests/:name/review',
    act: async ({ request, client }) => {
      const [type, message] = [field(request, 'decision'), messageIn(request)]
      if (type !== 'Justified' && type !== 'Unjustified') throw invalid('say whether it was justified.')
      if (message === undefined) throw invalid('a review needs a reason.')
      await decideReview(client, nameIn(field(request, 'review')), { type, message })
      return requestPath(nameIn(request.params['name']))
    },
  },
  {
    action: 'revoke',
    path: '/grants/:name/revoke',
    act: async ({ request, client }) => {
      const name = nameIn(request.params['name'])
      await revokeGrant(client, name, messageIn(request))
      return grantsPath({ subject: field(request, 'subject'), policy: field(request, 'policy'), ended: name })
    },
  },
]

/** What changes something: only by POST, with the token of the session, and then a redirect to a page. */
export function serveAction(
  app: Express,
  signedIn: ReturnType<typeof createSignedIn>,
  { action, path, read = readForm, act, url, metrics }: ActionRoute & Pick<Context, 'url' | 'metrics'>,
): void {
  app.post(
    path,
    read,
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
