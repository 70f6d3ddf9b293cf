import type { FlagTable, ParsedFlags } from './parse-flags.ts'

/** kubectl's own flags about whom to call and as whom: taken by every command and passed on unread. */
export const KUBECTL_FLAGS: FlagTable = {
  as: { kind: 'value' },
  'as-group': { kind: 'value' },
  'as-uid': { kind: 'value' },
  'cache-dir': { kind: 'value' },
  'certificate-authority': { kind: 'value' },
  'client-certificate': { kind: 'value' },
  'client-key': { kind: 'value' },
  cluster: { kind: 'value' },
  context: { kind: 'value' },
  'insecure-skip-tls-verify': { kind: 'switch' },
  kubeconfig: { kind: 'value' },
  'request-timeout': { kind: 'value' },
  server: { kind: 'value', short: 's' },
  'tls-server-name': { kind: 'value' },
  token: { kind: 'value' },
  user: { kind: 'value' },
}

/** Those that were given, as words for kubectl. A request timeout would cut the watch of `--wait`; it stays with single calls. */
export const passedOn = ({ given }: ParsedFlags): readonly string[] =>
  given.filter(({ name }) => Object.hasOwn(KUBECTL_FLAGS, name)).map(({ name, value }) => `--${name}=${value}`)
