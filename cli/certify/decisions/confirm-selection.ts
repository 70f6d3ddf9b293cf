import { usage } from '../../terminal/exit-code.ts'
import { switchedOn, type ParsedFlags } from '../../terminal/parse-flags.ts'
import { confirms, type IO } from '../../terminal/io.ts'

/**
 * Lists what a selection found and asks for confirmation. Always lists, also with --yes: nobody typed these names.
 * @returns false for any answer but yes
 * @throws CommandError without a terminal and without --yes
 */
export async function confirmSelection(io: IO, flags: ParsedFlags, said: { readonly table: string; readonly question: string }): Promise<boolean> {
  io.note(said.table.trimEnd())
  if (switchedOn(flags, 'yes')) return true
  if (io.ask === undefined) throw usage('a selection needs a confirmation, and there is no terminal to ask', 'if the list above is right, add --yes')
  return await confirms(io, said.question)
}
