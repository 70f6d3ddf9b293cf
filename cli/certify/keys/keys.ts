import { namesOf } from '../../create-accessrequest/object-names.ts'
import { usage, type ExitCode } from '../../terminal/exit-code.ts'
import type { ParsedFlags } from '../../terminal/parse-flags.ts'
import { oneLine } from '../../terminal/untrusted.ts'
import type { IO } from '../../terminal/io.ts'
import { forEachName } from '../decisions/for-each-name.ts'
import { confirmKey } from './confirm.ts'
import { listKeys } from './list-keys.ts'
import { endKey } from './revoke-key.ts'

const KINDS = ['approverkey', 'approverkeys', 'akey'] as const
const FIND = 'find one with: kubectl certify keys'

/** A fingerprint is that of one key, so keys are confirmed one by one. */
function oneName(words: readonly string[]): string {
  const [name = '', ...more] = namesOf(words, KINDS, FIND)
  if (more.length > 0) throw usage('confirm takes one NAME', 'compare the fingerprint of each key with its owner, and confirm it')
  return name
}

/** `kubectl certify keys`, `keys confirm NAME` and `keys revoke NAME...`. @throws CommandError, KubectlError */
export async function certifyKeys(io: IO, flags: ParsedFlags): Promise<ExitCode> {
  const [command, ...words] = flags.words
  if (command === undefined) return await listKeys(io, flags)
  if (command === 'confirm') return await confirmKey(io, oneName(words), flags)
  if (command === 'revoke') return await forEachName(io, namesOf(words, KINDS, FIND), (name) => endKey(io, name, flags))
  throw usage(`keys has no command "${oneLine(command)}"`, 'see: kubectl certify keys --help')
}
