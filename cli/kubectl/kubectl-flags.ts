import type { FlagTable, ParsedFlags } from '../terminal/parse-flags.ts'

/**
 * kubectl's global flags (`kubectl options`, 1.27 to 1.37) except --namespace, which the plugins read themselves. Every command accepts
 * them and passes them on unchanged. An older kubectl rejects flags that it does not know.
 */
export const KUBECTL_FLAGS: FlagTable = {
  as: { kind: 'value' },
  'as-group': { kind: 'value' },
  'as-uid': { kind: 'value' },
  'as-user-extra': { kind: 'value' },
  'cache-dir': { kind: 'value' },
  'certificate-authority': { kind: 'value' },
  'client-certificate': { kind: 'value' },
  'client-key': { kind: 'value' },
  cluster: { kind: 'value' },
  context: { kind: 'value' },
  'disable-compression': { kind: 'switch' },
  'insecure-skip-tls-verify': { kind: 'switch' },
  kubeconfig: { kind: 'value' },
  kuberc: { kind: 'value' },
  'log-flush-frequency': { kind: 'value' },
  'match-server-version': { kind: 'switch' },
  password: { kind: 'value' },
  profile: { kind: 'value' },
  'profile-output': { kind: 'value' },
  'proxy-url': { kind: 'value' },
  'request-timeout': { kind: 'value' },
  server: { kind: 'value', short: 's' },
  'tls-server-name': { kind: 'value' },
  token: { kind: 'value' },
  user: { kind: 'value' },
  username: { kind: 'value' },
  v: { kind: 'value', short: 'v' },
  vmodule: { kind: 'value' },
  'warnings-as-errors': { kind: 'switch' },
}

/** The given kubectl flags, as arguments for kubectl. Includes --request-timeout, which `watch` removes: it would end the watch of `--wait`. */
export const passedOn = ({ given }: ParsedFlags): readonly string[] =>
  given.filter(({ name }) => Object.hasOwn(KUBECTL_FLAGS, name)).map(({ name, value }) => `--${name}=${value}`)
