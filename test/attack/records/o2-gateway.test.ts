import { randomInt } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openHarness, type Harness } from '../harness.ts'
import { createCorpus } from '../differential/fuzzed-requests.ts'
import type { Answer } from '../oracles/raw-exchange.ts'

/**
 * Oracle O2 through the running gateway: its record of a request matches how kube-apiserver read it, and no request reaches kube-apiserver
 * twice or without a record. differential/ reads 100 000 requests by calling the code directly.
 */
const CASES = Number(process.env['JIT_GATEWAY_FUZZ_CASES'] ?? 2_400)
const SEED = Number(process.env['JIT_FUZZ_SEED'] ?? randomInt(2 ** 31))
const CONCURRENT = 24

let harness: Harness
beforeAll(async () => void (harness = await openHarness('attack-o2')))
afterAll(() => harness.finish())

const FIELDS = ['apiGroup', 'apiVersion', 'resource', 'subresource', 'namespace', 'name'] as const
/** The verb that the gateway decides on: streams count as create, whatever their method. */
const STREAMS = new Set(['exec', 'attach', 'portforward', 'proxy'])

async function sendAll(lines: readonly string[]): Promise<readonly (Answer & { readonly line: string })[]> {
  const answers: (Answer & { readonly line: string })[] = []
  let next = 0
  const worker = async (): Promise<void> => {
    for (let at = next++; at < lines.length; at = next++) {
      const line = lines[at] as string
      answers.push({ line, ...(await harness.send(line, { seconds: 2 })) })
    }
  }
  await Promise.all(Array.from({ length: CONCURRENT }, worker))
  return answers
}

it(`O2 ${CASES} fuzzed requests through the gateway: record and audit event agree (seed ${SEED})`, async () => {
  const next = createCorpus(SEED)
  const lines: string[] = []
  while (lines.length < CASES) {
    const { method, target } = next()
    // A held operation waits for its approver, and a watch for its end: waiting longer shows nothing more.
    if (/^(GET|HEAD|POST|PUT|PATCH)$/.test(method) && /^[\x21-\x7e]+$/.test(target)) lines.push(`${method} ${target}`)
  }
  const answers = await sendAll(lines)
  const answered = answers.filter(({ auditID }) => auditID !== '')
  const recorded = await harness.books.recorded()
  const intents = new Map(recorded.filter(({ event }) => event === 'request.intent').map((line) => [line.auditID, line]))
  const known = answered.filter(({ auditID }) => intents.has(auditID))
  const events = await harness.books.audited(known.map(({ auditID }) => auditID))
  const byID = Map.groupBy(events, ({ auditID }) => auditID)

  const mismatches: string[] = []
  for (const { auditID, line } of known) {
    const intent = intents.get(auditID)
    const [event, ...more] = byID.get(auditID) ?? []
    if (intent === undefined || event === undefined || more.length > 0) {
      mismatches.push(`${line}: ${event === undefined ? 'no audit event' : 'more than one audit event'}`)
      continue
    }
    const wrong: string[] = FIELDS.filter((field) => (intent[field] ?? '') !== (event.objectRef?.[field] ?? ''))
    const verb = STREAMS.has(String(intent['subresource'])) ? event.verb : intent['verb']
    if (verb !== event.verb) wrong.push('verb')
    // Where kube-apiserver allows no impersonation for a request, the request had no effect.
    const denied = event.impersonatedUser === undefined && event.responseStatus?.code === 403
    if (!denied && intent['user'] !== event.impersonatedUser?.extra?.['jit.access/user']?.join()) wrong.push('user')
    if (wrong.length > 0) mismatches.push(`${line}: ${wrong.join(', ')}`)
  }
  expect(mismatches.slice(0, 20)).toEqual([])
  expect(known.length).toBeGreaterThan(CASES / 10)
  // A refused request has not reached kube-apiserver.
  const refused = answered.filter(({ auditID }) => !intents.has(auditID))
  const leaked = await harness.books.auditedSoFar(refused.map(({ auditID }) => auditID))
  expect(leaked.map(({ requestURI }) => requestURI)).toEqual([])
})
