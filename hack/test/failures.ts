const PREFIX = 'FAILED '
const MAX_MESSAGE = 2_000
/** Characters of a longer message that come from its beginning. The others come from its end, where a program that failed says why. */
const MAX_BEGINNING = 500

/**
 * One line for a failure: where it happened and its message, at most 2 000 characters. ` ⏎ ` stands for the ends of lines: a failure on a CI machine may not
 * come a second time, and this line may be all that is left of it.
 */
export function formatFailure(where: string, error: unknown): string {
  const message = typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : String(error)
  const line = message.replaceAll(/\s*\n\s*/g, ' ⏎ ')
  const shown = line.length > MAX_MESSAGE ? `${line.slice(0, MAX_BEGINNING)} … ${line.slice(MAX_BEGINNING - MAX_MESSAGE)}` : line
  return `${PREFIX}${where.replaceAll('\n', ' ')}: ${shown}`
}

/** Whether a line of a lane, with or without the lane's name in front, is a failure. The end of the output repeats these. */
export const isFailure = (line: string): boolean => /^(\w+: )?FAILED /.test(line)
