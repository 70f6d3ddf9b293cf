import { usage } from '../terminal/exit-code.ts'
import { KUBECTL_FLAGS } from '../kubectl/kubectl-flags.ts'
import type { FlagTable, ParsedFlags } from '../terminal/parse-flags.ts'

/** The flags of all subcommands in one table: flags may precede the subcommand, which is then not known yet. */
export const CERTIFY_FLAGS: FlagTable = {
  ...KUBECTL_FLAGS,
  agent: { kind: 'value' },
  group: { kind: 'value' },
  serviceaccount: { kind: 'value' },
  policy: { kind: 'value' },
  all: { kind: 'switch' },
  justified: { kind: 'switch' },
  unjustified: { kind: 'switch' },
  verb: { kind: 'value' },
  resource: { kind: 'value' },
  name: { kind: 'value' },
  namespace: { kind: 'value', short: 'n' },
  duration: { kind: 'value' },
  uses: { kind: 'value' },
  to: { kind: 'value' },
  reason: { kind: 'value' },
  fingerprint: { kind: 'value' },
  classic: { kind: 'switch' },
  uid: { kind: 'value' },
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
  mine: { kind: 'switch' },
  requester: { kind: 'value' },
  'max-risk': { kind: 'value' },
  for: { kind: 'value' },
  filename: { kind: 'value', short: 'f' },
  issuer: { kind: 'value' },
  client: { kind: 'value' },
  scope: { kind: 'value' },
  'ca-file': { kind: 'value' },
  'client-secret-file': { kind: 'value' },
  port: { kind: 'value' },
  device: { kind: 'switch' },
  setup: { kind: 'switch' },
  logout: { kind: 'switch' },
}

/** Flags that every subcommand accepts. `-n` is accepted everywhere, as by kubectl, and ignored where it has no meaning. */
export const EVERYWHERE: ReadonlySet<string> = new Set([...Object.keys(KUBECTL_FLAGS), 'namespace', 'help'])

/** @throws CommandError for a flag that this subcommand does not read, so that no flag is ignored silently */
export function checkFlags({ given }: ParsedFlags, command: string, own: readonly string[]): void {
  const strange = given.find(({ name }) => !EVERYWHERE.has(name) && !own.includes(name))
  if (strange !== undefined) throw usage(`${command} has no flag --${strange.name}`, `see: ${command} --help`)
}
