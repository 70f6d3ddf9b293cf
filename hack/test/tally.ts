/** Number of passed and failed tests of a run, as in its last line. */
export type Tally = { readonly passed: number; readonly failed: number }

export const formatTally = ({ passed, failed }: Tally): string => `${passed} passed, ${failed} failed`

/** Parses a tally line; undefined for any other line. */
export function readTally(line: string): Tally | undefined {
  const [, passed, failed] = /^(\d+) passed, (\d+) failed$/.exec(line) ?? []
  return passed === undefined ? undefined : { passed: Number(passed), failed: Number(failed) }
}

export const sumOf = (tallies: readonly Tally[]): Tally =>
  tallies.reduce((sum, { passed, failed }) => ({ passed: sum.passed + passed, failed: sum.failed + failed }), { passed: 0, failed: 0 })
