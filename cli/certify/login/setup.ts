import { shellWord } from '../../../domain/shell-word.ts'
import { usage, EXIT, type ExitCode } from '../../terminal/exit-code.ts'
import { confirms, type IO } from '../../terminal/io.ts'
import { lastOf, switchedOn, type ParsedFlags } from '../../terminal/parse-flags.ts'
import { flagsOf, type LoginSettings } from './login-settings.ts'

/** Writes a user of the kubeconfig that signs in by this command, or prints the command that does so. @throws CommandError, KubectlError */
export async function setUp(io: IO, flags: ParsedFlags, settings: LoginSettings): Promise<ExitCode> {
  const name = lastOf(flags, 'name') ?? settings.client
  if (name === '' || name.startsWith('-')) throw usage(`--name=${name}: must be the name of a user`)
  const args = [
    'config',
    'set-credentials',
    name,
    '--exec-api-version=client.authentication.k8s.io/v1',
    '--exec-command=kubectl',
    ...['certify', 'login', ...flagsOf(settings)].map((arg) => `--exec-arg=${arg}`),
  ]
  const use = `kubectl config set-context --current --user=${shellWord(name)}`
  const isSure = switchedOn(flags, 'yes') || (await confirms(io, `Write the user "${name}" into your kubeconfig?`))
  if (!isSure) {
    io.print(`${['kubectl', ...args].map(shellWord).join(' ')}\n${use}\n`)
    return EXIT.granted
  }
  await io.kubectl.text(args)
  io.note(`The kubeconfig has the user "${name}". To use it in the current context:\n  ${use}`)
  return EXIT.granted
}
