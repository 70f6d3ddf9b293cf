import { GAIN_KINDS, kindOfGain, type GainKind } from '../api/gain.ts'

const isKind = (kind: string): kind is GainKind => Object.hasOwn(GAIN_KINDS, kind)

/** A power that a write gives to a workload, with what it allows. */
export function formatGain(gain: string): string {
  const kind = kindOfGain(gain)
  return isKind(kind) ? `${gain}: ${GAIN_KINDS[kind].replaceAll('`', '')}` : gain
}
