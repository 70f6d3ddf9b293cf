import type { Clock } from '../../domain/clock.ts'
import { isGone, KubectlError } from '../kubectl/kubectl-error.ts'
import type { Kubectl } from '../kubectl/kubectl.ts'
import type { ImpactReader, Reading } from '../../domain/explain/impact/impact-reader.ts'

/** Reads of one `show`. Each starts a kubectl, and the caller waits for all of them. */
const MAX_READS = 24
const MAX_MS = 8000
/** Bound of each read, so that a server that does not answer does not block the rest. */
const TIMEOUT = '--request-timeout=3s'

/** Reads with kubectl, and so with the caller's rights. Each path is read once. */
export function createReader({ kubectl, clock }: { readonly kubectl: Kubectl; readonly clock: Clock }): ImpactReader {
  const known = new Map<string, Promise<Reading<string>>>()
  const startedMs = clock.nowMs()
  const ask = async (args: readonly string[]): Promise<Reading<string>> => {
    if (known.size >= MAX_READS) return { is: 'unreadable', why: `not read: this request touches too much for ${MAX_READS} reads` }
    if (clock.nowMs() - startedMs > MAX_MS) return { is: 'unreadable', why: 'not read: the time for it is over' }
    try {
      return { is: 'there', value: await kubectl.text([...args, TIMEOUT]) }
    } catch (error) {
      if (!(error instanceof KubectlError)) throw error
      return isGone(error) ? { is: 'absent' } : { is: 'unreadable', why: error.message }
    }
  }
  const once = (args: readonly string[]): Promise<Reading<string>> => {
    const key = args.join(' ')
    const reading = known.get(key) ?? ask(args)
    known.set(key, reading)
    return reading
  }
  return {
    read: async <T>(path: string): Promise<Reading<T>> => {
      const reading = await once(['get', '--raw', path])
      if (reading.is !== 'there') return reading
      try {
        return { is: 'there', value: JSON.parse(reading.value) as T }
      } catch {
        return { is: 'unreadable', why: 'the answer is not JSON' }
      }
    },
    count: async (resource, namespace) => {
      const reading = await once(['get', resource, '--namespace', namespace, '--no-headers', '--ignore-not-found'])
      return reading.is === 'there' ? { is: 'there', value: reading.value.split('\n').filter((line) => line.trim() !== '').length } : reading
    },
  }
}
