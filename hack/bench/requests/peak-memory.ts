import { table } from '../markdown-table.ts'
import type { Apiserver } from './apiserver.ts'
import { expectCode } from './fill.ts'
import { memoryLimitMiB } from './memory-limit.ts'
import { APPROVER } from './benchmark-callers.ts'

const AT_ONCE = 8

/** Peak memory of the apiserver so far, and while approvers read the inbox at once, to its limit in the manifests. */
export async function memory(apiserver: Apiserver): Promise<string> {
  const limit = await memoryLimitMiB('jit-apiserver')
  const row = (what: string, mebibytes: number): readonly string[] => [what, mebibytes.toFixed(0), `${((100 * mebibytes) / limit).toFixed(0)} %`]
  const sofar = apiserver.cost.peakMiB()
  apiserver.cost.resetPeak()
  for (let round = 0; round < 5; round += 1) {
    const lists = Array.from({ length: AT_ONCE }, () => apiserver.send(APPROVER, { method: 'GET', path: 'accessrequests' }))
    for (const answer of await Promise.all(lists)) expectCode(answer, 200)
  }
  return table(
    ['apiserver', 'MiB', `of ${limit} MiB`],
    [
      row('peak of all parts', sofar),
      row(`peak of ${AT_ONCE} lists of 2 MiB at once`, apiserver.cost.peakMiB()),
      row('at the end', apiserver.cost.residentMiB()),
    ],
  )
}
