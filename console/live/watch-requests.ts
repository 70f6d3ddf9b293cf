import { REQUESTS_PATH } from '../../domain/api/names.ts'
import { readText, statusErrorOf } from '../../kube/client.ts'
import { lines } from '../../kube/json-lines.ts'
import { readWatchEvent } from '../../kube/watch-event.ts'
import type { UserClient } from '../cluster/impersonate.ts'

/** Only metadata is asked for. */
const LINE_LIMIT = 1024 * 1024
/** The apiserver sends a bookmark each ten seconds. After this silence the connection is assumed to be half-open. */
const QUIET_MS = 40_000

/**
 * Watches the requests that the user sees, from now on, and calls `changed` when the watch is open and with each change. Keeps nothing of what it
 * receives. Resolves when the server ends the watch.
 * @throws StatusError, UnreadableLine, and what aborts `signal`
 */
export async function watchRequests(client: UserClient, changed: () => void, signal: AbortSignal): Promise<void> {
  const silent = new AbortController()
  const { status, body } = await client.raw({
    method: 'GET',
    path: REQUESTS_PATH,
    query: { watch: 'true', allowWatchBookmarks: 'true', sendInitialEvents: 'false', resourceVersionMatch: 'NotOlderThan' },
    accept: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1',
    signal: AbortSignal.any([signal, silent.signal]),
  })
  if (status !== 200) throw statusErrorOf(status, await readText(body))
  const timer = setTimeout(() => silent.abort(new Error('the watch was silent for too long')), QUIET_MS)
  try {
    changed()
    for await (const line of lines(body as AsyncIterable<Buffer>, LINE_LIMIT)) {
      timer.refresh()
      if (line !== '' && readWatchEvent(line).type !== 'BOOKMARK') changed()
    }
  } finally {
    clearTimeout(timer)
  }
}
