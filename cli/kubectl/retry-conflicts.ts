import { KubectlError } from './kubectl-error.ts'

const TRIES = 5

/** Reads and writes an object, again when somebody else wrote it in between. `tries` counts from 1. @throws KubectlError */
export async function retryConflicts<T>(readAndWrite: (tries: number) => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await readAndWrite(tries)
    } catch (error) {
      if (!(error instanceof KubectlError) || error.reason !== 'Conflict' || tries === TRIES) throw error
    }
  }
}
