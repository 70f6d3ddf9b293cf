import { Readable } from 'node:stream'
import { escapeFieldValue } from '../../domain/selectors/field-selector.ts'
import { writeTarget } from '../arrive/read-target.ts'
import type { UpstreamClient, UpstreamRequest } from '../ports.ts'
import type { Announced, Answer } from '../steps.ts'

/** Parameters that would select again, or only a part. */
const PAGING = ['limit', 'continue', 'resourceVersion', 'resourceVersionMatch', 'timeoutSeconds'] as const

type Named = NonNullable<Announced['only']>[number]

function targetOf({ path, query }: Announced, name: string): string {
  const one = new URLSearchParams(query)
  for (const key of PAGING) one.delete(key)
  const selected = one.get('fieldSelector') ?? ''
  one.set('fieldSelector', [...(selected === '' ? [] : [selected]), `metadata.name=${escapeFieldValue(name)}`].join(','))
  return writeTarget({ path, query: one })
}

function bodyFor(options: Buffer, { uid }: Named): Buffer {
  const read = JSON.parse(options.toString('utf8')) as { readonly preconditions?: object }
  return Buffer.from(JSON.stringify({ ...read, preconditions: { ...read.preconditions, uid } }))
}

function done({ classified: { info } }: Announced): Answer {
  const details = { group: info.apiGroup, kind: info.resource }
  const status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details }
  return { status: 200, headers: { 'content-type': 'application/json' }, body: Readable.from([Buffer.from(JSON.stringify(status))]) }
}

/**
 * Deletes exactly the approved objects of a deletecollection, each with its UID as precondition. Objects that joined the collection in the meantime
 * stay, and so does a new object of the same name. Sends one deletecollection for each object, because that is the granted verb. Stops at the first
 * failure and returns its response.
 */
export async function deleteOneByOne(announced: Announced, upstream: UpstreamClient, request: UpstreamRequest): Promise<Answer> {
  for (const named of announced.only ?? []) {
    const answer = await upstream.request({ ...request, target: targetOf(announced, named.name), body: bodyFor(announced.outgoing, named) })
    if (answer.status >= 300) return answer
    answer.body.resume()
  }
  return done(announced)
}
