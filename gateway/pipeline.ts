import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Recorder } from '../domain/record/recorder.ts'
import type { Claim } from './access/claim.ts'
import { arrive } from './arrive/arrive.ts'
import { ask } from './ask/ask.ts'
import { mayLast } from './ask/may-last.ts'
import { authenticate, type Authenticator } from './authenticate/authenticate.ts'
import type { CatchUp } from './catch-up/catch-up.ts'
import type { ByteRoom } from './byte-room.ts'
import { forward } from './forward/forward.ts'
import type { Limits } from './limits.ts'
import { mask } from './mask/mask.ts'
import type { WrittenSecrets } from './mask/written-secrets.ts'
import { permit, type PermitDoors } from './permit/permit.ts'
import type { Relay, RelayEnd, Upstream } from './ports.ts'
import { announce } from './record/announce.ts'
import type { Journey } from './record/journey.ts'
import type { Switching } from './steps.ts'

export type Doors = Omit<PermitDoors, 'decided' | 'waits' | 'authenticateAgain'> & {
  readonly authenticator: Authenticator
  readonly limits: Limits
  readonly recorder: Recorder
  readonly claim: Claim
  readonly upstream: Upstream
  readonly relay: Relay
  readonly catchUp: CatchUp
  readonly heldRoom: ByteRoom
  /** What agents wrote to Secrets. */
  readonly written: WrittenSecrets
  /** Told of a policy whose groups could not be impersonated. Left out: nobody is. */
  readonly suspect?: (policy: string) => void
}

/** A client's request, and where its answer goes. */
export type Client = {
  readonly request: IncomingMessage
  readonly gone: AbortSignal
} & ({ readonly response: ServerResponse } | { readonly switching: Switching })

/**
 * A request's way through the gateway: arrive, authenticate, classify, decide, hold, forward, mask, record. Each step takes
 * what the step before it gives, so none can be left out. The journey is for the records: nothing is decided on it.
 * @throws StatusError for a refusal; the client has got nothing yet
 */
export async function serve(client: Client, journey: Journey, doors: Doors): Promise<RelayEnd> {
  const { auditID, arrivedMs } = journey
  const arrived = arrive(client.request, { auditID, arrivedMs, gone: client.gone, switching: 'switching' in client })
  journey.arrived = { method: arrived.method, path: arrived.path, search: arrived.search }
  const known = (journey.known = await authenticate(arrived, doors.authenticator))
  journey.releases.push(doors.limits.enter(known.caller.identity.username))
  const { asked, release } = await ask(known, doors)
  journey.asked = asked
  journey.releases.push(release)
  if (mayLast(asked)) journey.releases.push(doors.limits.enterEndless(asked.caller.identity.username))
  const permitted = await permit(asked, {
    ...doors,
    decided: (decided) => void (journey.decided = decided),
    waits: release,
    authenticateAgain: async () => void (await authenticate(arrived, doors.authenticator)),
  })
  journey.releases.push(permitted.release)
  const announced = (journey.announced = await announce(permitted, { ...doors, journey }))
  journey.forwarded = true
  if ('switching' in client) return doors.relay(announced, client.switching)
  const forwarded = await forward(announced, doors.upstream)
  doors.written.take(announced, forwarded.answer.status)
  const bytes = await mask(forwarded, announced, { ...doors, response: client.response })
  return { ended: 'completed', code: forwarded.answer.status, bytes }
}
