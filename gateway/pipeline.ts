import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Recorder } from '../domain/record/recorder.ts'
import type { Claim } from './grants/claim.ts'
import { keepAlive } from './grants/keep-alive.ts'
import { takeUse } from './grants/take-use.ts'
import { arrive } from './arrive/arrive.ts'
import { classifyRequest } from './classify/classify-request.ts'
import { mayBeLongRunning } from './classify/may-last.ts'
import { authenticate, type Authenticator } from './authenticate/authenticate.ts'
import type { CatchUp } from './catch-up/catch-up.ts'
import type { ByteRoom } from './byte-room.ts'
import { enterWrite } from './forward/enter-write.ts'
import { forward } from './forward/forward.ts'
import type { Limits } from './wire-limits.ts'
import { mask } from './mask/mask.ts'
import type { WrittenSecrets } from './mask/values/written-secrets.ts'
import { decideInTurn } from './decide/decide-about.ts'
import { permit, type PermitDependencies } from './decide/permit.ts'
import { weighPower } from './decide/weigh-power.ts'
import type { Relay, RelayEnd, UpstreamClient } from './ports.ts'
import { recordIntent } from './record/record-intent.ts'
import type { RequestTrace } from './record/request-trace.ts'
import type { Switching } from './steps.ts'

export type Dependencies = PermitDependencies & {
  readonly authenticator: Authenticator
  readonly limits: Limits
  readonly recorder: Recorder
  readonly claim: Claim
  readonly upstream: UpstreamClient
  readonly relay: Relay
  readonly catchUp: CatchUp
  readonly heldRoom: ByteRoom
  /** What agents wrote to Secrets. */
  readonly written: WrittenSecrets
  /** Called with the name of a policy whose groups could not be impersonated. Optional. */
  readonly suspect?: (policy: string) => void
}

/** A client request and the response or socket that answers it. */
export type Client = {
  readonly request: IncomingMessage
  readonly gone: AbortSignal
} & ({ readonly response: ServerResponse } | { readonly switching: Switching })

/**
 * Runs a request through the gateway: arrive, authenticate, classify, decide (which calls hold), record the intent, take use, forward, mask. Each step
 * takes the result type of the previous step, so no step can be skipped. The result carries all that later steps need. The trace keeps it for the
 * records of a request that ends early; no decision depends on the trace. The caller records the outcome.
 * @throws StatusError for a refusal before anything was sent to the client
 */
export async function serve(client: Client, trace: RequestTrace, deps: Dependencies): Promise<RelayEnd> {
  const { auditID, arrivedMs } = trace
  const arrived = arrive(client.request, { auditID, arrivedMs, gone: client.gone, switching: 'switching' in client })
  trace.request = { method: arrived.method, path: arrived.path, search: arrived.search }
  const known = (trace.request = await authenticate(arrived, deps.authenticator))
  trace.releases.push(deps.limits.enter(known.caller.identity.username))
  const asked = (trace.request = await classifyRequest(known, deps))
  trace.releases.push(asked.releaseBody)
  if (mayBeLongRunning(asked)) trace.releases.push(deps.limits.enterEndless(asked.caller.identity.username))
  const decided = (trace.request = await decideInTurn(asked, deps))
  const weighed = (trace.request = await weighPower(decided, deps))
  const permitted = await permit(weighed, deps)
  trace.releases.push(permitted.release)
  trace.releases.push(await enterWrite(permitted, deps))
  const recorded = await recordIntent(permitted, deps)
  const announced = (trace.request = await takeUse(recorded, deps))
  trace.releases.push(keepAlive(announced, deps))
  trace.forwarded = true
  if ('switching' in client) return deps.relay(announced, client.switching)
  const answer = await forward(announced, deps.upstream)
  deps.written.take(announced, answer.status)
  const bytes = await mask(answer, announced, { ...deps, response: client.response })
  return { ended: 'completed', code: answer.status, bytes }
}
