const PREFIX = 'FAILED '
const MAX_MESSAGE = 200

/** One line for a failure: where it happened and the first line of its message, at most 200 characters. */
export function formatFailure(where: string, error: unknown): string {
  const message = typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : String(error)
  return `${PREFIX}${where.replaceAll('\n', ' ')}: ${(message.split('\n')[0] ?? '').slice(0, MAX_MESSAGE)}`
}

/** Whether a line of a lane, with or without the lane's name in front, is a failure. The end of the output repeats these. */
export const isFailure = (line: string): boolean => /^(\w+: )?FAILED /.test(line)
