import type { AccessRequest } from '../../domain/api/access-request.ts'
import { GAIN_KINDS, kindOfGain, type GainKind } from '../../domain/api/gain.ts'
import { block } from '../terminal/block.ts'
import { oneLine } from '../terminal/untrusted.ts'

const isKind = (kind: string): kind is GainKind => Object.hasOwn(GAIN_KINDS, kind)

/** The powers that the request may give to a workload, each with what it allows. */
export function formatGains({ spec: { rules = [] } }: Pick<AccessRequest, 'spec'>): readonly string[] {
  const gains = [...new Set(rules.flatMap((rule) => rule.gains ?? []))]
  return block(
    'What the workload gains:',
    gains.map((gain) => {
      const kind = kindOfGain(gain)
      return oneLine(isKind(kind) ? `${gain}: ${GAIN_KINDS[kind].replaceAll('`', '')}` : gain)
    }),
  )
}
