import { usage } from '../terminal/exit-code.ts'
import { KUBECTL_FLAGS } from '../kubectl/kubectl-flags.ts'
import type { FlagTable, ParsedFlags } from '../terminal/parse-flags.ts'

/** Every flag of every subcommand, in one table: a flag may stand before the subcommand, which is then not known yet. */
export const CERTIFY_FLAGS: FlagTable = {
  ...KUBECTL_FLAGS,
  verb: { kind: 'value' },
  resource: { kind: 'value' },
  name: { kind: 'value' },
  namespace: { kind: 'value', short: 'n' },
  duration: { kind: 'value' },
  uses: { kind: 'value' },
  reason: { kind: 'value' },
  classic: { kind: 'switch' },
  yes: { kind: 'switch', short: 'y' },
  unseen: { kind: 'switch' },
  watch: { kind: 'switch', short: 'w' },
  output: { kind: 'value', short: 'o' },
  records: { kind: 'value' },
  since: { kind: 'value' },
  'audit-id': { kind: 'value' },
  'last-hash': { kind: 'value' },
  'earlier-removed': { kind: 'switch' },
  help: { kind: 'switch', short: 'h' },
}

/** `-n` is taken by all, as kubectl does, and read where it means something. */
const EVERYWHERE: ReadonlySet<string> = new Set([...Object.keys(KUBECTL_FLAGS), 'namespace', 'help'])

/** @throws CommandError for a flag that this subcommand would not read: it must not seem to have done something */
export function checkFlags({ given }: ParsedFlags, command: string, own: readonly string[]): void {
  const strange = given.find(({ name }) => !EVERYWHERE.has(name) && !own.includes(name))
  if (strange !== undefined) throw usage(`${command} has no flag --${strange.name}`, `see: ${command} --help`)
}
