import { type KnownValues, type MaskerOptions, noWeakValues, type Said, unsaidWeakValues, valuesIn } from '../../../domain/mask/masker.ts'
import type { Announced } from '../../steps.ts'

/** The parts of a request that its response may repeat. */
export type Repeatable = Pick<Announced, 'path' | 'search' | 'body' | 'classified'>
/** The status of a response that repeats its request. */
const REFUSED = 422

/**
 * What a request itself contains of the strong values: in its path, its query (which holds the command of an exec) and its body. They are not
 * masked in its response, since the agent knows them and a mask would confirm a guess. Stream input is not considered.
 */
export function valuesInRequest({ path, search, body }: Pick<Announced, 'path' | 'search' | 'body'>, known: KnownValues): Said {
  return valuesIn(known, [Buffer.from(path), Buffer.from(search), body])
}

const NOTHING: Said = new Set()

/**
 * As valuesInRequest, for the response to a request. A read that succeeds says nothing: objects and logs do not repeat its path and query, which
 * have room for thousands of guesses, and a value that is shown because one of them is right would confirm it. Errors repeat what they refuse, and a
 * program behind a proxied path may repeat anything.
 */
export function valuesRepeatedIn(
  announced: Pick<Announced, 'method' | 'path' | 'search' | 'body' | 'classified'>,
  { known, status }: { readonly known: KnownValues; readonly status: number },
): Said {
  const { method, classified } = announced
  const reads = method === 'GET' || method === 'HEAD'
  return reads && status < 400 && classified.info.subresource !== 'proxy' ? NOTHING : valuesInRequest(announced, known)
}

/**
 * The values that can be guessed and are masked in the response, if they are not all. An agent without a grant creates reviews, gets errors, and reads
 * the AccessRequests that it wrote, so its own words there must not tell which of them are values.
 */
export function weakValuesFor(
  { path, search, body, classified: { info } }: Repeatable,
  { known, status }: { readonly known: KnownValues; readonly status: number },
): Pick<MaskerOptions, 'weak'> {
  if (info.apiGroup === 'jit.access') return { weak: noWeakValues }
  if (status < 400 && info.verb !== 'create') return {}
  return { weak: unsaidWeakValues(known.weak, { target: `${path}?${search}`, body }) }
}

/**
 * The values that can be guessed and are masked in the plan of an operation: it repeats the request and shows an object, so when there is too much to
 * search through, what else it shows stays masked.
 */
export const unsaidWeakInPlan = ({ path, search, body }: Repeatable, known: KnownValues): Pick<MaskerOptions, 'weak'> => ({
  weak: unsaidWeakValues(known.weak, { target: `${path}?${search}`, body, saidBeyond: false }),
})

/** What is masked in a short text that may repeat a request, such as a warning or the error of its dry run: nothing that the request contains. */
export const unsaidBy = (request: Repeatable, known: KnownValues): Pick<MaskerOptions, 'said' | 'weak'> => ({
  said: valuesInRequest(request, known),
  ...weakValuesFor(request, { known, status: REFUSED }),
})
