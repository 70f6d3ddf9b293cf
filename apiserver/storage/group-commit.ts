import { setImmediate } from 'node:timers'
import { WriteConflict, type Write } from './port.ts'

/** The result of one commit among several: its version, or the conflict because of which it had no effect. */
export type Result = number | WriteConflict

export type GroupCommit = {
  /** Commits with the others of this turn of the event loop. @throws WriteConflict, and what `commitAll` throws */
  add(writes: readonly Write[]): Promise<number>
  /** Commits what waits, at once. */
  flush(): void
}

type Waiting = { readonly writes: readonly Write[]; readonly resolve: (version: number) => void; readonly reject: (error: unknown) => void }

const settle = ({ resolve, reject }: Waiting, result: Result | undefined): void => {
  if (typeof result === 'number') resolve(result)
  else reject(result ?? new Error('a commit has no result'))
}

/**
 * Commits together what arrives together, since waiting for the disk takes longer than everything else. A busy process waits once for many commits,
 * an idle one as often as before. Each commit has its own version and its own conflict, in the order in which they were added.
 * @param commitAll makes all commits durable in one step, or throws and has no effect
 */
export function createGroupCommit(commitAll: (all: readonly (readonly Write[])[]) => readonly Result[]): GroupCommit {
  let waiting: Waiting[] = []

  const run = (group: readonly Waiting[]): void => {
    try {
      const results = commitAll(group.map(({ writes }) => writes))
      for (const [index, each] of group.entries()) settle(each, results[index])
    } catch (error) {
      if (group.length === 1) return group[0]?.reject(error)
      // One of them may be the reason, such as one that is too large for the disk: the others do not fail for it.
      for (const each of group) run([each])
    }
  }

  const flush = (): void => {
    const group = waiting
    waiting = []
    if (group.length > 0) run(group)
  }

  return {
    add: (writes) =>
      new Promise((resolve, reject) => {
        if (waiting.length === 0) setImmediate(flush)
        waiting.push({ writes, resolve, reject })
      }),
    flush,
  }
}
