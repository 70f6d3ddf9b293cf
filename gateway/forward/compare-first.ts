import { randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import { bindVersion } from '../../domain/mask/restore.ts'
import { StatusError } from '../../domain/status-error.ts'
import { BodyTooLarge, readBounded } from '../../kube/read-bounded.ts'
import { writeTarget } from '../arrive/read-target.ts'
import { endingError } from '../decide/endings.ts'
import type { UpstreamClient, UpstreamRequest } from '../ports.ts'
import type { Announced, Answer } from '../steps.ts'
import { identityHeaders } from './identity-headers.ts'

const MAX_ANSWER_BYTES = 8 * 1024 * 1024

type Tried = { readonly answer: Answer; readonly created: boolean; readonly version: string | undefined }
type Sending = { readonly announced: Announced; readonly upstream: UpstreamClient; readonly trial: Buffer }

/** Sends the trial values as a dry run on behalf of the agent, with a new audit ID. */
async function sendTrial({ announced, upstream, trial }: Sending): Promise<Tried> {
  const query = new URLSearchParams(announced.query)
  query.set('dryRun', 'All')
  const { caller, policies, permit } = announced
  const answer = await upstream.request({
    method: announced.method,
    target: writeTarget({ path: announced.path, query }),
    headers: [
      ['user-agent', 'jit-access'],
      ['content-type', announced.headers.get('content-type') ?? 'application/json'],
      ['accept', 'application/json'],
      ['accept-encoding', 'identity'],
      ...identityHeaders({
        caller,
        auditID: randomUUID(),
        policies,
        hold: 'preview',
        ...(permit.grant === undefined ? {} : { elevated: permit.grant.policy }),
      }),
    ],
    body: trial,
    signal: AbortSignal.timeout(30_000),
  })
  if (answer.status >= 400) return { answer, created: false, version: undefined }
  const body = await whole(answer)
  return { answer: { ...answer, body: Readable.from([body]) }, created: answer.status === 201, version: versionIn(body) }
}

async function whole({ body }: Answer): Promise<Buffer> {
  try {
    return await readBounded(body, MAX_ANSWER_BYTES)
  } catch (error) {
    if (error instanceof BodyTooLarge) throw new StatusError('BadGateway', "kube-apiserver's answer to a trial was too large")
    throw error
  }
}

function versionIn(body: Buffer): string | undefined {
  const { metadata } = JSON.parse(body.toString('utf8')) as { readonly metadata?: { readonly resourceVersion?: unknown } }
  return typeof metadata?.resourceVersion === 'string' ? metadata.resourceVersion : undefined
}

/** The same response for every outcome of a write whose object changed between trial and write. */
function changed({ classified: { info } }: Announced): StatusError {
  return new StatusError('Conflict', `${info.resource} "${info.name}" was changed by someone else at this moment; read it again and repeat`, {
    details: { name: info.name, group: info.apiGroup, kind: info.resource },
  })
}

/**
 * Sends a write whose outcome could disclose whether a value in it equals a hidden one. First tries it as a dry run with substitute values. If the
 * trial fails, its failure is the response: it does not depend on the agent's values. Otherwise sends the write bound to the object version that the
 * trial saw. Every outcome of an object that changed in between gives the same response.
 * @throws StatusError Conflict when the object changed meanwhile
 */
export async function compareFirst(sending: Sending, request: UpstreamRequest): Promise<Answer> {
  const { announced, upstream } = sending
  const tried = await sendTrial(sending)
  if (tried.answer.status >= 300) return tried.answer
  const { created, version } = tried
  if (announced.ending.aborted) throw endingError('the request before anything was done', announced.ending.reason)
  // Without a version the write cannot be bound, so it is not sent.
  if (!created && version === undefined) throw changed(announced)
  const contentType = announced.headers.get('content-type')
  const { body = Buffer.alloc(0) } = request
  const bound = version === undefined || created ? body : await bindVersion(body, { contentType, resourceVersion: version })
  const answer = await upstream.request({ ...request, body: bound })
  if (await sawSameState(answer, created, sending)) return answer
  answer.body.destroy()
  throw changed(announced)
}

/** Whether the write saw the same state as the trial. A Secret created in between gives 200, 409 or, if immutable, 422. */
async function sawSameState({ status }: Answer, created: boolean, sending: Sending): Promise<boolean> {
  if (!created) return status !== 409
  if (status === 422) return await stillAbsent(sending)
  return status === 201 || (status >= 400 && status !== 409)
}

async function stillAbsent(sending: Sending): Promise<boolean> {
  const { answer, created } = await sendTrial(sending)
  answer.body.destroy()
  return created
}
