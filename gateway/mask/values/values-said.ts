import { type KnownValues, type Said, valuesIn } from '../../../domain/mask/masker.ts'
import type { Announced } from '../../steps.ts'

/**
 * What a request itself contains of the strong values: in its path, its query (which holds the command of an exec) and its body. They are not
 * masked in its response, since the agent knows them and a mask would confirm a guess. Stream input is not considered.
 */
export function valuesInRequest({ path, search, body }: Pick<Announced, 'path' | 'search' | 'body'>, known: KnownValues): Said {
  return valuesIn(known, [Buffer.from(path), Buffer.from(search), body])
}
