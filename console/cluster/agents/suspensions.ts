import { isInForce, withLift, type AccessSuspension, type AccessSuspensionSpec } from '../../../domain/api/access-suspension.ts'
import { API_VERSION, SUSPENSIONS_PATH, objectPath } from '../../../domain/api/names.ts'
import { StatusError } from '../../../domain/status-error.ts'
import type { UserClient } from '../impersonate.ts'
import { listWhole, type Some } from '../list-some.ts'

/** Suspensions that are read, lifted ones included. The server keeps those for a while. */
const MAX_READ = 2000
const TRIES = 5
/** The reason of the condition: which program lifted. */
const REASON = 'Console'

export type Target = Pick<AccessSuspensionSpec, 'subjects' | 'policy' | 'all'>

export const readSuspensions = (client: UserClient): Promise<Some<AccessSuspension>> =>
  listWhole<AccessSuspension>(client, SUSPENSIONS_PATH, { most: MAX_READ })

/** Stops agents at once. @throws StatusError what the server refuses with */
export async function suspendAgents(client: UserClient, target: Target, reason: string): Promise<void> {
  const body = { apiVersion: API_VERSION, kind: 'AccessSuspension', metadata: { generateName: 'suspend-' }, spec: { ...target, reason } }
  await client.json({ method: 'POST', path: SUSPENSIONS_PATH, body })
}

/** Lifts a suspension. One that was lifted before stays as it is. @throws StatusError */
export async function liftSuspension(client: UserClient, name: string, message: string): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    const suspension = await client.json<AccessSuspension>({ method: 'GET', path: objectPath(SUSPENSIONS_PATH, name) })
    if (!isInForce(suspension)) return
    try {
      await client.json({ method: 'PUT', path: objectPath(SUSPENSIONS_PATH, name, 'lift'), body: withLift(suspension, { reason: REASON, message }) })
      return
    } catch (error) {
      if (!(error instanceof StatusError) || error.reason !== 'Conflict' || tries === TRIES) throw error
    }
  }
}
