import type { AccessRequest } from '../../../domain/api/access-request.ts'
import { KubectlError } from '../../kubectl/kubectl-error.ts'
import { listRequests } from './list-requests.ts'
import { requestsPath } from '../../kubectl/paths.ts'
import { PASSING } from '../../kubectl/transient.ts'
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
 * Tells of every request that is made or changed, from a version of the list on. A watch that ends is begun again where it was; one
 * that is too old begins with a new list, in which nothing is missed but what came and went in between.
 * @throws KubectlError for what will not pass by itself
 */
export async function watchInbox(io: IO, version: string, changed: (request: AccessRequest) => Promise<void>): Promise<never> {
  let at = version
  for (;;) {
    const started = io.clock.nowMs()
    try {
      if (at === '') at = await relist(io, changed)
      at = await follow(io, at, changed)
    } catch (error) {
      if (!(error instanceof KubectlError) || !PASSING.has(error.reason)) throw error
      if (error.reason === 'Expired') at = ''
    }
    // A watch that ends at once, on a server that restarts, must not become a busy loop.
    if (io.clock.nowMs() - started < RETRY_MS) await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
  }
}
