import { Readable } from 'node:stream'
import { maskSecretStatus } from '../../domain/mask/masker.ts'
import { policyMasking } from '../mask/policy-masking.ts'
import type { Announced, Answer } from '../steps.ts'

const MAX_STATUS = 1024 * 1024

/**
 * Replaces the error of a write that may quote the stored object ("may not change fields other than …" prints both). If a policy masks fields of
 * the object, the error is rebuilt from parts that cannot quote one. Errors of writes to Secrets are rebuilt when they are masked.
 */
export async function rebuildQuotingErrors(answer: Answer, { classified: { info }, policies }: Announced): Promise<Answer> {
  if (policyMasking(policies, info).fields.length === 0 || (info.apiGroup === '' && info.resource === 'secrets')) return answer
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of answer.body) {
    size += chunk.length
    if (size <= MAX_STATUS) chunks.push(chunk)
  }
  const { status } = answer
  const body = maskSecretStatus(Buffer.concat(chunks), { status, name: info.name, resource: info.resource })
  return { status, headers: { 'content-type': 'application/json' }, body: Readable.from([body]) }
}
