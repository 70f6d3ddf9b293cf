import { API_VERSION, INBOXES_PATH } from '../../../domain/api/names.ts'
import type { InboxPlace, InboxRow, InboxStatus } from '../../../domain/api/virtual/inbox.ts'
import { INBOX_PLACES, type Place } from '../../../domain/approval/place.ts'
import { inboxRowOf } from '../../../domain/format/inbox-row.ts'
import { KubectlError } from '../../kubectl/kubectl-error.ts'
import type { IO } from '../../terminal/io.ts'
import { readInbox } from './inbox.ts'

/** Pending requests as a list shows them, oldest first, and the version of the list. */
export type InboxRows = { readonly rows: readonly InboxRow[]; readonly resourceVersion: string }

const byAge = (left: InboxRow, right: InboxRow): number =>
  (left.creationTimestamp ?? '').localeCompare(right.creationTimestamp ?? '') || left.name.localeCompare(right.name)

const PLACES = ['mine', 'own', 'reviewed', 'others'] as const satisfies readonly Place[]

/** Answers of a server that has no inboxes, and of one that does not let the caller ask for theirs. */
const NO_INBOX: ReadonlySet<string> = new Set(['NotFound', 'Forbidden', 'MethodNotAllowed'])

async function ask(io: IO, namespace: string | undefined): Promise<InboxRows> {
  const rows: InboxRow[] = []
  let token: string | undefined
  let resourceVersion = ''
  do {
    const spec = { ...(namespace === undefined ? {} : { namespace }), ...(token === undefined ? {} : { continue: token }) }
    const { status } = await io.kubectl.create<{ readonly status: InboxStatus }>(INBOXES_PATH, { apiVersion: API_VERSION, kind: 'Inbox', spec })
    rows.push(...status.requests)
    ;({ resourceVersion } = status)
    token = status.continue
  } while (token !== undefined)
  return { rows: rows.toSorted(byAge), resourceVersion }
}

/** The same from the list of requests and the rights of the caller, for each of which a process of kubectl runs. */
async function sortHere(io: IO, namespace: string | undefined): Promise<InboxRows> {
  const { resourceVersion, ...lists } = await readInbox(io, namespace)
  const rows = PLACES.flatMap((place) => lists[place].map((request) => inboxRowOf(request, INBOX_PLACES[place])))
  return { rows: rows.toSorted(byAge), resourceVersion }
}

/** Asks the server, which answers in one call, and sorts the list of requests where it does not. @throws KubectlError */
export async function readInboxRows(io: IO, namespace: string | undefined): Promise<InboxRows> {
  try {
    return await ask(io, namespace)
  } catch (error) {
    if (!(error instanceof KubectlError) || !NO_INBOX.has(error.reason)) throw error
    return await sortHere(io, namespace)
  }
}

export const at = ({ rows }: InboxRows, place: InboxPlace): readonly InboxRow[] => rows.filter((row) => row.place === place)
