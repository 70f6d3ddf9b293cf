import { random } from '../mask/generated-input.ts'

export type Estimate = { readonly median: number; readonly low: number; readonly high: number }

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  if (sorted.length === 0) throw new RangeError('no samples')
  return sorted.length % 2 === 1 ? (sorted[middle] as number) : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2
}

const RESAMPLES = 2000

/** Median with its 95 % interval, by bootstrap: the medians of resamples of the same values. */
export function estimate(values: readonly number[]): Estimate {
  const next = random(7)
  const draw = (): number => median(values.map(() => values[Math.floor(next() * values.length)] as number))
  const medians = Array.from({ length: RESAMPLES }, draw).toSorted((a, b) => a - b)
  return { median: median(values), low: medians[Math.floor(RESAMPLES * 0.025)] as number, high: medians[Math.floor(RESAMPLES * 0.975)] as number }
}

/** Ratios round by round, so that other load on the machine affects both sides of a ratio. */
export function ratios(own: readonly number[], base: readonly number[]): readonly number[] {
  return own.map((value, index) => value / (base[index] as number))
}

export function say({ median: middle, low, high }: Estimate, digits = 2): string {
  return `${middle.toFixed(digits)} (${low.toFixed(digits)}–${high.toFixed(digits)})`
}
