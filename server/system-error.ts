/** Whether an error of Node.js has this code, for example `ENOENT` of the operating system. */
export const hasErrorCode = (error: unknown, code: string): boolean => error instanceof Error && 'code' in error && error.code === code

/**
 * The result of a call on a file. Undefined when the file does not exist: in a folder that several processes use, a listed file can be removed before
 * it is opened. @throws every other error
 */
export async function unlessMissing<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT')) return undefined
    throw error
  }
}
