import { createHmac, randomBytes } from 'node:crypto'
import type { Drawn, Identified } from './drawing/draw.ts'
import { hashOf } from './drawing/hash-object.ts'
import type { Planned } from './plan.ts'

/** Of this process: values that were put back are named by no hash that anybody could guess at. */
const KEY = randomBytes(32)

/** What every hash of a plan begins with: the request, and what was put back into it. */
export function commonOf({ asked, digest, sends }: Planned): readonly string[] {
  const restored = sends.equals(asked.body) ? '' : createHmac('sha256', KEY).update(sends).digest('hex')
  return [digest, restored]
}

type Facts = {
  readonly target: Identified | undefined
  readonly readable: boolean
  readonly drawn: Drawn
  /** Whether what was tried is what will be sent. */
  readonly triedAsSent: boolean
}
type Hashed = readonly [string, ...string[]]

/** Of an object, told by something more than its UID. */
const of = (common: readonly string[], { namespace = '', name, uid = '' }: Identified, more: readonly string[]): string =>
  hashOf([...common, namespace, name, uid, ...more])

/**
 * The names of a plan on one object. Its content counts, and what the operation makes of it where two tries made the same. A hash of
 * something that the agent may not read, or that is masked, would let it test guesses: then the version of the object stands for it, which
 * is stricter, since a change of its status counts too.
 */
export function hashesOfObject(common: readonly string[], { target, readable, drawn, triedAsSent }: Facts): Hashed {
  if (target === undefined) return [hashOf([...common, 'nothing is known'])]
  const { result, content } = drawn.hashes
  const version = target.resourceVersion === undefined ? of(common, target, ['uid']) : of(common, target, ['version', target.resourceVersion])
  const ofResult = result === undefined ? [] : [of(common, target, ['result', result])]
  const ofContent = content === undefined ? [] : [of(common, target, ['content', content])]
  if (!readable || drawn.hides) return [version, ...ofResult, ...ofContent]
  const [first = version, ...others] = [...(drawn.steady && triedAsSent ? ofResult : []), ...ofContent]
  return [first, ...others, ...ofResult, version]
}

/** Of what has no dry run: the object's identity and its spec, which is what its generation counts. */
export const hashesOfTarget = (common: readonly string[], target: Identified | undefined): Hashed => [
  target === undefined ? hashOf([...common, 'nothing is known']) : of(common, target, ['generation', String(target.generation ?? '')]),
]

/** Of an operation that makes an object: the request is all that decides. `absent`: it makes one where it could have changed one. */
export const hashesOfCreate = (common: readonly string[]): Hashed => [hashOf([...common, 'create'])]

export const hashesOfSet = (common: readonly string[], targets: readonly Identified[]): Hashed => [
  hashOf([...common, 'set', ...targets.map(({ namespace = '', name, uid = '' }) => `${namespace}/${name}/${uid}`).toSorted()]),
]
