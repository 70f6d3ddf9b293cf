import type { Express, Request } from 'express'
import type { AccessPolicy } from '../../../domain/api/access-policy.ts'
import { POLICIES_PATH } from '../../../domain/api/names.ts'
import { subjectOf } from '../../../domain/api/subject.ts'
import { StatusError } from '../../../domain/status-error.ts'
import { createFairLimit } from '../../../server/fair-limit.ts'
import { MAX_POLICIES, readAgents } from '../../cluster/agents/agents.ts'
import { readAgent } from '../../cluster/agents/one-agent.ts'
import { liftSuspension, suspendAgents, type Target } from '../../cluster/agents/suspensions.ts'
import { listSome } from '../../cluster/list-some.ts'
import { readingOf, valueOr } from '../../cluster/part-reading.ts'
import { agentsPage, suspendAllPage } from '../../pages/agents/agents.ts'
import { oneAgentPage } from '../../pages/agents/one-agent.ts'
import { messageIn, serveAction } from '../actions.ts'
import type { Context } from '../context.ts'
import { field } from '../read-form.ts'
import { agentIn, agentPath, nameIn, pageOrInbox } from '../known-path.ts'
import { param } from '../query.ts'
import { invalid } from '../request/narrowed-in.ts'
import { sendPage } from '../send-page.ts'
import { signInFirst, type createSignedIn } from '../signed-in.ts'

/** Pages of agents that are made at once. Each reads thousands of objects. */
const AT_ONCE = 2
const AGENTS = '/agents'
const MAX_NAME = 1024

function reasonIn(request: Request): string {
  const reason = messageIn(request)
  if (reason === undefined) throw invalid('give a reason. It is recorded, and the agents receive it.')
  return reason
}

/** The name of who is to stop: as somebody wrote it, or as the page of an agent has it, which must not change on the way. */
function nameOf(request: Request): string {
  const coded = field(request, 'coded')
  const name = coded === '' ? field(request, 'name') : (agentIn(coded) ?? '')
  if (name === '' || name.length > MAX_NAME) throw invalid('name whom to suspend.')
  return name
}

/** Whom the form stops, and the page to show then. */
function targetIn(request: Request): { readonly target: Target; readonly next: string } {
  const kind = field(request, 'target')
  if (kind === 'all') {
    if (field(request, 'confirm') !== 'yes') throw invalid('confirm that all agents shall stop.')
    return { target: { all: true }, next: AGENTS }
  }
  const name = nameOf(request)
  if (kind === 'agent') return { target: { subjects: [subjectOf(name)] }, next: agentPath(name) }
  if (kind === 'policy') return { target: { policy: name }, next: AGENTS }
  throw invalid('choose whom to suspend.')
}

/** Who is refused learns that nothing happened, and which role it takes. */
async function suspending<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (!(error instanceof StatusError) || error.reason !== 'Forbidden') throw error
    const message = `Nothing was done: ${error.message}. To stop agents and to resume them takes the ClusterRole jit-suspender.`
    throw new StatusError('Forbidden', message, { cause: error })
  }
}

/** Agents, and the forms that stop them. The apiserver decides who may. */
export function serveAgents(app: Express, signedIn: ReturnType<typeof createSignedIn>, { url, metrics }: Pick<Context, 'url' | 'metrics'>): void {
  const limit = createFairLimit(AT_ONCE)
  app.get(
    AGENTS,
    signedIn(async ({ request, response, session, client, nowMs }) => {
      const [agents, policies] = await limit.take(session.username, () =>
        Promise.all([
          readAgents(client, nowMs),
          readingOf(listSome<AccessPolicy, string>(client, POLICIES_PATH, { most: MAX_POLICIES, keep: ({ metadata }) => metadata.name })),
        ]),
      )
      const names = valueOr(policies, { items: [], isPartial: false }).items
      const body = agentsPage(agents, { session, nowMs, named: param(request, 'named'), policies: names })
      sendPage(response, { title: 'Agents', session, body })
    }, signInFirst),
  )
  app.get(
    '/agents/all',
    signedIn(({ response, session }) => {
      sendPage(response, { title: 'Suspend all agents', session, body: suspendAllPage(session) })
      return Promise.resolve()
    }, signInFirst),
  )
  app.get(
    '/agents/of/:agent',
    signedIn(async ({ request, response, session, client, nowMs }) => {
      const username = agentIn(request.params['agent'])
      if (username === undefined) throw new StatusError('NotFound', 'There is no such page.')
      const agent = await limit.take(session.username, () => readAgent(client, username))
      sendPage(response, { title: `Agent ${username}`, session, body: oneAgentPage(agent, { session, nowMs }) })
    }, signInFirst),
  )
  serveAction(app, signedIn, {
    action: 'suspend',
    path: '/suspensions',
    act: async ({ request, client }) => {
      const { target, next } = targetIn(request)
      await suspending(suspendAgents(client, target, reasonIn(request)))
      return next
    },
    url,
    metrics,
  })
  serveAction(app, signedIn, {
    action: 'resume',
    path: '/suspensions/:name/lift',
    act: async ({ request, client }) => {
      const reason = reasonIn(request)
      await suspending(liftSuspension(client, nameIn(request.params['name']), reason))
      const back = pageOrInbox(field(request, 'back'))
      return back.startsWith(AGENTS) ? back : AGENTS
    },
    url,
    metrics,
  })
}
