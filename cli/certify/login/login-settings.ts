import { usage } from '../../terminal/exit-code.ts'
import { lastOf, wordsOf, type ParsedFlags } from '../../terminal/parse-flags.ts'

/** Where and how a person signs in. */
export type LoginSettings = {
  readonly issuer: string
  readonly client: string
  readonly scopes: readonly string[]
  readonly caFile?: string
  readonly clientSecretFile?: string
  /** Port of this computer that the browser comes back to. 0: any free one. */
  readonly port: number
}

const SCOPES = ['openid', 'profile', 'groups', 'offline_access']

const EXAMPLE = 'kubectl certify login --issuer=https://login.example.com --client=kubectl'

function portOf(flags: ParsedFlags): number {
  const port = lastOf(flags, 'port') ?? '0'
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) throw usage(`--port=${port}: must be a port`)
  return Number(port)
}

/** @throws CommandError */
export function settingsOf(flags: ParsedFlags): LoginSettings {
  const [issuer, client] = [lastOf(flags, 'issuer'), lastOf(flags, 'client')]
  if (issuer === undefined || client === undefined) throw usage('--issuer and --client are required', EXAMPLE)
  if (!/^https:\/\/[^\s]+$/.test(issuer) || URL.parse(issuer) === null) throw usage(`--issuer=${issuer}: must be an https URL`, EXAMPLE)
  const given = flags.given.filter(({ name }) => name === 'scope').flatMap((flag) => wordsOf(flag))
  const [caFile, clientSecretFile] = [lastOf(flags, 'ca-file'), lastOf(flags, 'client-secret-file')]
  return {
    issuer,
    client,
    scopes: [...new Set(['openid', ...(given.length === 0 ? SCOPES : given)])],
    port: portOf(flags),
    ...(caFile === undefined ? {} : { caFile }),
    ...(clientSecretFile === undefined ? {} : { clientSecretFile }),
  }
}

/** The same settings as flags, for a kubeconfig. */
export const flagsOf = ({ issuer, client, scopes, caFile, clientSecretFile, port }: LoginSettings): readonly string[] => [
  `--issuer=${issuer}`,
  `--client=${client}`,
  ...(scopes.join() === SCOPES.join() ? [] : [`--scope=${scopes.join(',')}`]),
  ...(caFile === undefined ? [] : [`--ca-file=${caFile}`]),
  ...(clientSecretFile === undefined ? [] : [`--client-secret-file=${clientSecretFile}`]),
  ...(port === 0 ? [] : [`--port=${port}`]),
]
