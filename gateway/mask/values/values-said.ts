import type { KnownValues } from '../../../domain/mask/match/known-values.ts'
import type { StrongValue } from '../../../domain/mask/match/pattern.ts'
import { valuesIn } from '../../../domain/mask/match/values-in.ts'
import type { Announced } from '../../steps.ts'

/**
 * The strong values that a request says itself: in its path, its query (the command of an exec is there) and its body. They are not
 * hidden in its answer. The agent knows them, and a mask would tell it that a guess was right. What an agent types into a stream is
 * not looked at.
 */
export function saidBy({ path, search, body }: Pick<Announced, 'path' | 'search' | 'body'>, known: KnownValues): ReadonlySet<StrongValue> {
  return valuesIn(known, [Buffer.from(path), Buffer.from(search), body])
}
