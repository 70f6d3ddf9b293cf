import type { Express } from 'express'
import type { AccessPolicy } from '../../../domain/api/access-policy.ts'
import { POLICIES_PATH, objectPath } from '../../../domain/api/names.ts'
import { createFairLimit } from '../../../server/fair-limit.ts'
import { MAX_POLICIES } from '../../cluster/agents/agents.ts'
import type { UserClient } from '../../cluster/impersonate.ts'
import { listWhole } from '../../cluster/list-some.ts'
import { tryAgainst, type Asked } from '../../cluster/policies/trial.ts'
import { policiesPage } from '../../pages/policies/policy-list.ts'
import { policyPage } from '../../pages/policies/policy.ts'
import { MAX_YAML, trialPart } from '../../pages/policies/trial.ts'
import type { Context } from '../context.ts'
import { checkForm, field, readObjectForm } from '../read-form.ts'
import { nameIn } from '../known-path.ts'
import { invalid } from '../request/narrowed-in.ts'
import { sendPage } from '../send-page.ts'
import { sessionEnded, signInFirst, type createSignedIn, type SignedInRequest } from '../signed-in.ts'

/** A policy may have megabytes of rules. */
const AT_ONCE = 2
const MAX_WORD = 1024
const MAX_GROUPS = 256

const readPolicy = (client: UserClient, name: string): Promise<AccessPolicy> =>
  client.json<AccessPolicy>({ method: 'GET', path: objectPath(POLICIES_PATH, name) })

function askedIn({ request }: SignedInRequest): Asked {
  const word = (name: string): string => {
    const text = field(request, name)
    if (text.length > MAX_WORD) throw invalid(`${name} is longer than ${MAX_WORD} characters.`)
    return text
  }
  // Browsers end the lines of a form with CRLF.
  const text = (name: string): string => field(request, name).replaceAll('\r\n', '\n')
  const groups = text('groups')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
  if (groups.length > MAX_GROUPS) throw invalid(`there are more than ${MAX_GROUPS} groups.`)
  const yaml = text('yaml')
  if (yaml.length > MAX_YAML)
    throw invalid(`the YAML is longer than ${MAX_YAML} characters. Put it into an AccessReview, and create that with kubectl.`)
  return { verb: word('verb'), resource: word('resource'), namespace: word('namespace'), name: word('name'), user: word('user'), groups, yaml }
}

/** Policies, what each says, and the trial of a request against one. */
export function servePolicies(app: Express, signedIn: ReturnType<typeof createSignedIn>, { url }: Pick<Context, 'url'>): void {
  const limit = createFairLimit(AT_ONCE)
  app.get(
    '/policies',
    signedIn(async ({ response, session, client, nowMs }) => {
      const body = policiesPage(
        await limit.take(session.username, () => listWhole<AccessPolicy>(client, POLICIES_PATH, { most: MAX_POLICIES })),
        nowMs,
      )
      sendPage(response, { title: 'Policies', session, body })
    }, signInFirst),
  )
  app.get(
    '/policies/:name',
    signedIn(async ({ request, response, session, client, nowMs }) => {
      const policy = await readPolicy(client, nameIn(request.params['name']))
      const { name } = policy.metadata
      sendPage(response, { title: `Policy ${name}`, session, body: policyPage(policy, { nowMs, trial: trialPart(name, session) }) })
    }, signInFirst),
  )
  app.post(
    '/policies/:name/try',
    readObjectForm,
    signedIn(async (call) => {
      const { request, response, session, client, nowMs } = call
      checkForm(request, session, url)
      const asked = askedIn(call)
      const policy = await readPolicy(client, nameIn(request.params['name']))
      const trial = await limit.take(session.username, () => tryAgainst(client, policy, asked))
      const { name } = policy.metadata
      sendPage(response, { title: `Policy ${name}`, session, body: policyPage(policy, { nowMs, trial: trialPart(name, session, { asked, trial }) }) })
    }, sessionEnded),
  )
}
