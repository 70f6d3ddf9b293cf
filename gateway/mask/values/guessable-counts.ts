import { credentialKeys, isGuessable, type SecretLike } from '../../../domain/mask/guessable.ts'
import type { Change } from '../../../kube/informer.ts'

type Secret = SecretLike & { readonly metadata: { readonly name: string; readonly namespace?: string } }

/** The first namespaces get a label of their own. Creating more namespaces cannot take a label from another. */
const MAX_NAMESPACES = 200
/** The label of all other namespaces. Its underscore is not allowed in names of namespaces. */
export const OTHERS = '_other'
/** Estimation runs in slices of SLICE_MS and then pauses for four times as long, since it is only informative and requests take precedence. */
const SLICE_MS = 4
const PAUSE_MS = 16

export type GuessableCounts = {
  change(change: Change<Secret>): void
  /** The number of guessable credentials by namespace. Namespaces over the limit share one entry. */
  byNamespace(): ReadonlyMap<string, number>
  /** Resolves when all changes so far are counted. */
  settled(): Promise<void>
}

/** Secrets of a namespace that wait to be estimated, by name. Undefined for a deleted Secret. */
type Waiting = Map<string, Secret | undefined>

/**
 * Counts guessable credentials in the background. Namespaces take turns, one Secret each, so that a namespace whose Secrets change all the
 * time delays only its own numbers.
 */
export function createGuessableCounts(pause: (ms: number) => Promise<void> = wait): GuessableCounts {
  const waiting = new Map<string, Waiting>()
  const counted = new Map<string, Map<string, number>>()
  const sums = new Map<string, number>()
  let working: Promise<void> | undefined

  const keep = (namespace: string, secret: string, count: number): void => {
    const secrets = counted.get(namespace) ?? new Map<string, number>()
    const sum = (sums.get(namespace) ?? 0) - (secrets.get(secret) ?? 0) + count
    if (count === 0) secrets.delete(secret)
    else secrets.set(secret, count)
    if (sum > 0) {
      counted.set(namespace, secrets)
      sums.set(namespace, sum)
    } else for (const all of [counted, sums]) all.delete(namespace)
  }

  const next = (): { readonly namespace: string; readonly name: string; readonly secret: Secret | undefined } | undefined => {
    for (const [namespace, secrets] of waiting) {
      waiting.delete(namespace)
      for (const [name, secret] of secrets) {
        secrets.delete(name)
        if (secrets.size > 0) waiting.set(namespace, secrets) // behind the others
        return { namespace, name, secret }
      }
    }
    return undefined
  }

  const work = async (): Promise<void> => {
    let until = performance.now() + SLICE_MS
    for (let one = next(); one !== undefined; one = next()) {
      let count = 0
      for (const key of one.secret === undefined ? [] : credentialKeys(one.secret)) {
        if (isGuessable(key, one.secret?.data?.[key] ?? '')) count += 1
        if (performance.now() < until) continue
        await pause(PAUSE_MS)
        until = performance.now() + SLICE_MS
      }
      keep(one.namespace, one.name, count)
    }
  }

  const start = (): void => {
    working ??= pause(PAUSE_MS)
      .then(work)
      .finally(() => {
        working = undefined
        if (waiting.size > 0) start()
      })
  }

  return {
    change: ({ type, object, old }) => {
      if (type === 'MODIFIED' && old !== undefined && sameCredentials(old, object)) return
      const { name, namespace = '' } = object.metadata
      const secrets = waiting.get(namespace) ?? new Map<string, Secret | undefined>()
      secrets.set(name, type === 'DELETED' ? undefined : object)
      waiting.set(namespace, secrets)
      start()
    },
    byNamespace: () => {
      const numbers = new Map<string, number>()
      for (const [namespace, sum] of sums) {
        const label = numbers.size < MAX_NAMESPACES ? namespace : OTHERS
        numbers.set(label, (numbers.get(label) ?? 0) + sum)
      }
      return numbers
    },
    settled: async () => {
      for (let one = working; one !== undefined; one = working) await one
    },
  }
}

function sameCredentials(one: Secret, other: Secret): boolean {
  const [before, after] = [credentialKeys(one), credentialKeys(other)]
  return before.length === after.length && after.every((key, index) => before[index] === key && one.data?.[key] === other.data?.[key])
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms).unref())
