import { KubectlError } from '../kubectl/kubectl-error.ts'
import type { Kubectl } from '../kubectl/kubectl.ts'
import type { Reading } from '../../domain/explain/impact/impact-reader.ts'
import { unknown, type Finding } from '../../domain/doctor/finding.ts'

export type NamedObject = { readonly metadata: { readonly name: string; readonly namespace?: string } }

/** The cluster as the caller can see it. Reads each path once. API errors are not thrown: they become findings. */
export type Cluster = {
  read<T>(path: string): Promise<Reading<T>>
  list<T extends NamedObject>(path: string): Promise<Reading<readonly T[]>>
}

export function createCluster(kubectl: Kubectl): Cluster {
  const known = new Map<string, Promise<Reading<unknown>>>()
  const ask = async (path: string): Promise<Reading<unknown>> => {
    try {
      return { is: 'there', value: await kubectl.get<unknown>(path) }
    } catch (error) {
      if (!(error instanceof KubectlError)) throw error
      return error.reason === 'NotFound' ? { is: 'absent' } : { is: 'unreadable', why: error.message }
    }
  }
  const read = <T>(path: string): Promise<Reading<T>> => {
    const reading = known.get(path) ?? ask(path)
    known.set(path, reading)
    return reading as Promise<Reading<T>>
  }
  return {
    read,
    list: async <T extends NamedObject>(path: string): Promise<Reading<readonly T[]>> => {
      const reading = await read<{ readonly items: readonly T[] }>(path)
      return reading.is === 'there' ? { is: 'there', value: reading.value.items } : reading
    },
  }
}

/** The finding for something that cannot be checked because it cannot be read. */
export function unreadableFinding(what: string, reading: { readonly is: 'absent' } | { readonly is: 'unreadable'; readonly why: string }): Finding {
  return unknown(
    `${what} cannot be read: ${reading.is === 'absent' ? 'the server does not know it' : reading.why}`,
    'run the doctor as a cluster admin',
  )
}
