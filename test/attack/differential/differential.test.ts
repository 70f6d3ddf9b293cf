import { randomInt } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { readRequest } from '../../../domain/classify/read-request.ts'
import { readTarget, writeTarget } from '../../../gateway/arrive/read-target.ts'
import { bareCluster } from '../../cluster/bare-cluster.ts'
import { runProgram } from '../../cluster/run-program.ts'
import { until } from '../../until.ts'
import { createCorpus, type Sent } from './fuzzed-requests.ts'
import { readings, sendAll, type Reading, type Target } from './audit-readings.ts'

/** Number of requests that both sides read; `npm run fuzz` sets more. */
const CASES = Number(process.env['JIT_FUZZ_CASES'] ?? 100_000)
const SEED = Number(process.env['JIT_FUZZ_SEED'] ?? randomInt(2 ** 31))
const FIELDS = ['verb', 'isResourceRequest', 'apiGroup', 'apiVersion', 'namespace', 'resource', 'subresource', 'name'] as const

const cluster = bareCluster({ nodeKind: 'none' })

/** Our reading, and the target that we would send; undefined if the gateway refuses, so that upstream sees nothing. */
function readByUs({ method, target }: Sent): { readonly reading: Reading; readonly rebuilt: string } | undefined {
  try {
    const read = readTarget(target)
    return { reading: readRequest(method, read.path, read.query), rebuilt: writeTarget(read) }
  } catch {
    return undefined
  }
}

/** Credentials without any permission: no request has an effect, and the audit log shows how it was read. */
async function powerless(): Promise<Target> {
  const { url, caFile, adminKubeconfig, auditLogFile, binDir } = cluster()
  const { stdout } = await runProgram(`${binDir}/kubectl`, ['--kubeconfig', adminKubeconfig, '-n', 'default', 'create', 'token', 'default'], {})
  return { url, ca: await readFile(caFile, 'utf8'), token: stdout.trim(), auditLogFile }
}

test(`O2: ${CASES} fuzzed requests (seed ${SEED}) are read as kube-apiserver reads them`, async () => {
  const next = createCorpus(SEED)
  const corpus = Array.from({ length: CASES }, next)
  const ours = corpus.map(readByUs)
  // Half of the requests are sent unchanged, half as the gateway rewrites them; kube-apiserver must read both as we do.
  const sent = corpus.map(({ method, target }, index) => ({ method, target: index % 2 === 0 ? target : (ours[index]?.rebuilt ?? target) }))
  const upstream = await powerless()
  const idOf = (index: number): string => `fuzz-${SEED}-${index}`
  const answered = await sendAll(upstream, sent, idOf)
  const theirs = await until('every response is audited', async () => {
    const found = await readings(upstream, `fuzz-${SEED}-`)
    return [...answered.keys()].every((index) => ours[index] === undefined || found.has(idOf(index))) && found
  })

  let compared = 0
  const mismatches: string[] = []
  for (const index of answered.keys()) {
    const reading = ours[index]?.reading
    if (reading === undefined) continue
    const their = theirs.get(idOf(index))
    compared += 1
    const wrong = FIELDS.filter((field) => their?.[field] !== reading[field])
    if (wrong.length > 0)
      mismatches.push(
        `${sent[index]?.method ?? ''} ${sent[index]?.target ?? ''}: ${wrong.map((field) => `${field} ${String(reading[field])} ≠ ${String(their?.[field])}`).join(', ')}`,
      )
  }
  expect(mismatches.slice(0, 20)).toEqual([])
  // A corpus that is refused completely would compare nothing, so most of it must be comparable.
  expect(compared).toBeGreaterThan(CASES * 0.6)
}, 600_000)
