import type { Request } from 'express'
import type { AccessRequest } from '../../../domain/api/access-request.ts'
import { approvalChallenge } from '../../../domain/approval/passkey-challenge.ts'
import type { ApprovalDecision } from '../../../domain/approval/approval-decision.ts'
import { StatusError } from '../../../domain/status-error.ts'
import { readUsableKeys } from '../../cluster/keys.ts'
import { decideOn, readSeen } from '../../cluster/requests.ts'
import { CEREMONY_SCRIPTS } from '../../pages/keys/ceremony.ts'
import { noKeyPage, signPage } from '../../pages/request/passkey.ts'
import { field } from '../read-form.ts'
import { decisionsPath, nameIn } from '../known-path.ts'
import { assertionIn, isSigned } from '../passkey-response.ts'
import { sendPage } from '../send-page.ts'
import type { SignedInRequest } from '../signed-in.ts'

const needsPasskey = (error: unknown): error is StatusError =>
  error instanceof StatusError && error.details?.causes?.some(({ reason }) => reason === 'PasskeyRequired') === true

/** What only one of the two forms has. */
const NOT_REPEATED: ReadonlySet<string> = new Set(['csrf', 'response', 'issuedAt'])

/** The fields that the first form sent, for the second one. */
const fieldsOf = ({ body }: Pick<Request, 'body'>): readonly (readonly [string, string])[] =>
  Object.entries(body as { readonly [name: string]: unknown }).flatMap(([name, value]) =>
    NOT_REPEATED.has(name) ? [] : [value].flat().flatMap((each) => (typeof each === 'string' ? [[name, each] as const] : [])),
  )

const narrowedTo = (request: AccessRequest, { narrowed }: ApprovalDecision): AccessRequest => ({
  ...request,
  spec: { ...request.spec, ...request.status?.narrowed, ...narrowed },
})

/** The page with the challenge of exactly this approval. The server makes the same challenge again from what it is sent. */
async function askToSign(
  { request, response, session, client, nowMs }: SignedInRequest,
  { found, decision }: { readonly found: AccessRequest; readonly decision: ApprovalDecision },
  refused: StatusError,
): Promise<undefined> {
  const keys = await readUsableKeys(client, session.username)
  if (keys.length === 0) {
    sendPage(response.status(refused.code), { title: 'A passkey is needed', session, body: noKeyPage(found, refused.message) })
    return
  }
  const issuedAt = new Date(nowMs).toISOString()
  const challenge = approvalChallenge({
    request: found,
    narrowed: decision.narrowed,
    unseen: decision.unseen === true,
    approver: session.username,
    issuedAt,
  })
  const fields = [...fieldsOf(request), ['issuedAt', issuedAt] as const]
  const body = signPage(narrowedTo(found, decision), { session, keys, challenge, fields })
  sendPage(response, { title: 'Approve with your passkey', session, body, scripts: CEREMONY_SCRIPTS })
}

/** The decision with the assertion of the form. @throws StatusError Forbidden for a key that is not one of the user */
async function signedBy({ request, session, client }: SignedInRequest, decision: ApprovalDecision): Promise<ApprovalDecision> {
  const { credentialID, ...assertion } = assertionIn(request)
  const keys = await readUsableKeys(client, session.username)
  const key = keys.find(({ status }) => status?.credentialID === credentialID)
  if (key === undefined) throw new StatusError('Forbidden', 'Nothing was approved: this key is not one of yours that is confirmed.')
  return { ...decision, passkey: { key: key.metadata.name, ...assertion } }
}

/** Approves, or asks for the passkey where the server requires one. `decide`: the decision of the form, on the request that its page showed. */
export async function approve(call: SignedInRequest, decide: (asked: AccessRequest) => ApprovalDecision): Promise<string | undefined> {
  const { request, client, nowMs } = call
  const name = nameIn(request.params['name'])
  const found = await readSeen(client, name, { seen: field(request, 'seen'), nowMs })
  const decision = decide(found)
  try {
    const made = isSigned(request) ? await signedBy(call, decision) : decision
    await decideOn(client, name, { decision: made, seen: field(request, 'seen'), nowMs })
    return decisionsPath(name)
  } catch (error) {
    if (!needsPasskey(error) || isSigned(request)) throw error
    return await askToSign(call, { found, decision }, error)
  }
}
