import type { AccessRequest } from '../../../domain/api/access-request.ts'
import { API_VERSION } from '../../../domain/api/names.ts'
import { inboxSpecSchema, inboxStatusSchema, type InboxRow, type InboxStatus } from '../../../domain/api/virtual/inbox.ts'
import { createMayCertify, namespacesOf } from '../../../domain/approval/may-certify.ts'
import { INBOX_PLACES, placeOf } from '../../../domain/approval/place.ts'
import { inboxRowOf } from '../../../domain/format/inbox-row.ts'
import type { Identity } from '../../../domain/identity.ts'
import type { Authorizer } from '../../../kube/subject-access-review.ts'
import { authorize } from '../../machinery/http/authorize.ts'
import type { VirtualKind } from '../../machinery/http/handler.ts'
import type { Kind } from '../../machinery/kind.ts'
import { listPages, type Collection } from '../../machinery/read/list.ts'
import { listQuery } from '../../machinery/read/list-query.ts'
import { visibilityOf } from '../../machinery/read/visibility.ts'
import type { WriteDependencies } from '../../machinery/write/write-request.ts'
import type { KnownRights } from '../known-rights.ts'
import { question, specIn } from './question.ts'
import { asRequest } from '../typed.ts'

export type InboxDependencies = WriteDependencies & { readonly authorizer: Authorizer; readonly rights: KnownRights }

/** Length of an answer, approximately in characters. Bounds the memory of the server; the caller continues after it. */
const MAX_BYTES = 4 << 20
/** Length of the fields of a row besides the texts of the requester. */
const ROW = 400
/** A list shows no more of a text. */
const TEXT = 1000

const short = (row: InboxRow): InboxRow => ({
  ...row,
  asks: row.asks.slice(0, TEXT),
  ...(row.reason === undefined ? {} : { reason: row.reason.slice(0, TEXT) }),
})

/** Sorts requests as `kubectl certify` does, with the same code, for one caller. Only for what is shown: the rights of the caller are cached. */
function createSort(deps: InboxDependencies, user: Identity): (request: AccessRequest) => Promise<InboxRow | undefined> {
  const mayCertify = createMayCertify((attributes) => deps.rights.allowed(user, attributes))
  return async (request) => {
    const place = await placeOf(request, user, { nowMs: deps.clock.nowMs(), mayCertify })
    return place === undefined ? undefined : short(inboxRowOf(request, INBOX_PLACES[place]))
  }
}

type Wanted = { readonly namespace?: string; readonly continue?: string }

/** What the caller requested or may decide, page by page, until the answer is full. */
async function read(collection: Collection, wanted: Wanted, sort: ReturnType<typeof createSort>): Promise<InboxStatus> {
  const { namespace } = wanted
  const requests: InboxRow[] = []
  let length = 0
  let resourceVersion = ''
  const query = listQuery(new URLSearchParams(wanted.continue === undefined ? {} : { continue: wanted.continue }))
  for await (const { objects, metadata } of listPages(collection, query)) {
    for (const object of objects) {
      const request = asRequest(object)
      if (namespace !== undefined && !namespacesOf(request).includes(namespace)) continue
      const row = await sort(request)
      if (row === undefined) continue
      requests.push(row)
      length += ROW + row.asks.length + (row.reason ?? '').length
    }
    ;({ resourceVersion } = metadata)
    if (length >= MAX_BYTES && metadata.continue !== undefined) return { requests, resourceVersion, continue: metadata.continue }
  }
  return { requests, resourceVersion }
}

/**
 * The pending requests that wait for the caller, in one answer: `kubectl certify` would start a process for each page and for each right. Shows nothing
 * that a list of requests would not show to the caller.
 * @param kind the definition of AccessRequests
 */
export function inboxes(deps: InboxDependencies, requests: Kind): VirtualKind {
  const kind = question(
    {
      resource: 'inboxes',
      singular: 'inbox',
      kind: 'Inbox',
      description: 'Returns the pending AccessRequests that wait for the decision of the caller, or that the caller made.',
    },
    inboxSpecSchema,
    inboxStatusSchema,
  )
  return {
    kind,
    lists: true,
    answer: async (request, user) => {
      const spec = await specIn(request, kind)
      await authorize(deps.authorizer, user, { verb: 'list', resource: 'accessrequests', subresource: '', name: '' })
      const collection = { store: deps.store, kind: requests, visibility: await visibilityOf(requests, user), nowMs: deps.clock.nowMs() }
      const status = await read(collection, spec, createSort(deps, user))
      return { apiVersion: API_VERSION, kind: kind.kind, metadata: {}, spec, status }
    },
  }
}
