import type { AccessRequest } from '../../domain/api/access-request.ts'
import { formatGain } from '../../domain/format/gain.ts'
import { block } from '../terminal/block.ts'
import { oneLine } from '../terminal/untrusted.ts'

/** The powers that the request may give to a workload, each with what it allows. */
export function formatGains({ spec: { rules = [] } }: Pick<AccessRequest, 'spec'>): readonly string[] {
  const gains = [...new Set(rules.flatMap((rule) => rule.gains ?? []))]
  return block(
    'What the workload gains:',
    gains.map((gain) => oneLine(formatGain(gain))),
  )
}
