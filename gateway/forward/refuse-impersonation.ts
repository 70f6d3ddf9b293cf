import { Readable } from 'node:stream'
import type { Announced, Answer } from '../steps.ts'
import { cannotImpersonate, policiesActedWith, readImpersonationRefusal } from './impersonation-refusal.ts'

/** Larger bodies are not inspected. A Status of kube-apiserver's authorizer is much shorter. */
const MAX_STATUS_BYTES = 64 * 1024

async function* joined(read: readonly Buffer[], rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield* read
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value
  } finally {
    await rest.return?.()
  }
}

/**
 * Inspects a 403 from upstream. Returns it with its complete body when it refuses the agent. A 403 to HEAD has no body and is returned unchanged.
 * Does not use `readBounded`, since a longer body is passed on.
 * @throws CannotImpersonate when it refuses the gateway
 */
export async function refuseImpersonation(answer: Answer, announced: Announced): Promise<Answer> {
  const chunks = answer.body[Symbol.asyncIterator]()
  const read: Buffer[] = []
  let size = 0
  let whole = false
  while (!whole && size <= MAX_STATUS_BYTES) {
    const next = await chunks.next()
    if (next.done === true) whole = true
    else {
      read.push(next.value)
      size += next.value.length
    }
  }
  const refusal = whole ? readImpersonationRefusal(answer.status, Buffer.concat(read).toString('utf8')) : undefined
  if (refusal !== undefined) throw cannotImpersonate(refusal, policiesActedWith(announced))
  return { ...answer, body: Readable.from(joined(read, chunks)) }
}
