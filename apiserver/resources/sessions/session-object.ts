import type { AccessSession, AccessSessionStatus } from '../../../domain/api/access-session.ts'
import { API_VERSION } from '../../../domain/api/names.ts'
import { IDLE_MS, type Run } from '../../../domain/record/sessions/run.ts'
import { nameOfRun } from '../../../domain/record/sessions/session-name.ts'
import { fromEntry } from '../../machinery/object.ts'
import type { Store } from '../../storage/port.ts'
import { asRequest } from '../typed.ts'

/** AccessRequests that are looked at for the agent's own words, the latest first. */
const MAX_LOOKED_AT = 4

/** The agent's own words in the latest of its requests that still exists and has some. */
async function agentOf(store: Store, { requests, user }: Run): Promise<AccessSessionStatus['agent']> {
  for (const name of requests.slice(-MAX_LOOKED_AT).toReversed()) {
    const entry = await store.get('accessrequests', name)
    const spec = entry === undefined ? undefined : asRequest(fromEntry(entry)).spec
    if (spec?.agent !== undefined && spec.requester?.username === user) return spec.agent
  }
  return undefined
}

const policiesOf = ({ policies, places }: Run): NonNullable<AccessSessionStatus['policies']> =>
  policies.map((name) => ({
    name,
    namespaces: places
      .filter(({ policy }) => policy === name)
      .map(({ namespace }) => namespace)
      .toSorted(),
  }))

const isoOf = (ms: number): string => new Date(ms).toISOString()
const FIELD = {
  policies: 'policies',
  places: 'policies',
  grants: 'grants',
  requests: 'accessRequests',
  terminals: 'terminals',
  writers: 'gateways',
} as const

/** @param name the name that was asked for; it may be of a later second than the first event. Optional. Defaults to the name of the run */
export async function sessionObject(
  run: Run,
  by: { readonly store: Store; readonly nowMs: number; readonly complete: boolean },
  name = nameOfRun(run),
): Promise<AccessSession> {
  const agent = await agentOf(by.store, run)
  const ended = by.nowMs - run.lastMs >= IDLE_MS
  return {
    apiVersion: API_VERSION,
    kind: 'AccessSession',
    metadata: { name, creationTimestamp: isoOf(Math.floor(run.startMs / 1000) * 1000).replace('.000Z', 'Z') },
    spec: { session: run.session, username: run.user, ...(run.issuer === undefined ? {} : { issuer: run.issuer }) },
    status: {
      phase: ended ? 'Ended' : 'Active',
      startedAt: isoOf(run.startMs),
      lastActivityAt: isoOf(run.lastMs),
      ...(ended ? { endedAt: isoOf(run.lastMs) } : {}),
      ...(agent === undefined ? {} : { agent }),
      requests: run.forwarded,
      refused: run.refused,
      unrecorded: run.unrecorded,
      held: run.held,
      streams: run.streams,
      policies: policiesOf(run),
      grants: run.grants,
      accessRequests: run.requests,
      terminals: run.terminals
        .toSorted((one, other) => one.openedMs - other.openedMs)
        .map(({ auditID, stream, openedMs, command }) => ({
          auditID,
          stream,
          openedAt: isoOf(openedMs),
          ...(command === undefined ? {} : { command }),
        })),
      ...(run.moreTerminals === undefined ? {} : { moreTerminals: run.moreTerminals }),
      gateways: run.writers,
      truncated: [...new Set(run.cut.map((list) => FIELD[list]))],
      complete: by.complete,
    },
  }
}
