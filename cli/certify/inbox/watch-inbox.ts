import type { AccessRequest } from '../../../domain/api/access-request.ts'
import { KubectlError } from '../../kubectl/kubectl-error.ts'
import { listRequests } from './list-requests.ts'
import { requestsPath } from '../../kubectl/paths.ts'
import { TRANSIENT_REASONS } from '../../kubectl/transient.ts'
import type { IO } from '../../terminal/io.ts'

type Event = { readonly type: string; readonly object: AccessRequest & { readonly reason?: string } }

const RETRY_MS = 1000

async function follow(io: IO, version: string, changed: (request: AccessRequest) => Promise<void>): Promise<string> {
  let at = version
  const query = { watch: 'true', allowWatchBookmarks: 'true', resourceVersion: at }
  for await (const { type, object } of io.kubectl.watch<Event>(requestsPath(query), new AbortController().signal)) {
    if (type === 'ERROR') return ''
    at = object.metadata.resourceVersion ?? at
    if (type === 'ADDED' || type === 'MODIFIED') await changed(object)
  }
  return at
}

async function relist(io: IO, changed: (request: AccessRequest) => Promise<void>): Promise<string> {
  const { items, resourceVersion } = await listRequests(io)
  for (const request of items) await changed(request)
  return resourceVersion
}

/**
 * Calls `changed` for every request that is created or updated after a version of the list. Resumes a watch that ends, and lists again when
 * the version is too old; requests that were created and deleted in between are missed.
 * @throws KubectlError for errors that are not transient
 */
export async function watchInbox(io: IO, version: string, changed: (request: AccessRequest) => Promise<void>): Promise<never> {
  let at = version
  for (;;) {
    const started = io.clock.nowMs()
    try {
      if (at === '') at = await relist(io, changed)
      at = await follow(io, at, changed)
    } catch (error) {
      if (!(error instanceof KubectlError) || !TRANSIENT_REASONS.has(error.reason)) throw error
      if (error.reason === 'Expired') at = ''
    }
    // A watch that ends immediately, as on a restarting server, must not become a busy loop.
    if (io.clock.nowMs() - started < RETRY_MS) await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
  }
}
