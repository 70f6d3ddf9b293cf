import { usage } from '../../terminal/exit-code.ts'
import { KUBECTL_FLAGS } from '../../kubectl/kubectl-flags.ts'
import { allOf, lastOf, switchedOn, type ParsedFlags } from '../../terminal/parse-flags.ts'

/**
 * Commands of kubectl that can be asked for. The others change nothing, or are plugins, which need not send their requests to the server that the
 * command line names.
 */
const COMMANDS: ReadonlySet<string> = new Set(
  'annotate apply attach autoscale cordon cp create debug delete drain exec expose label patch port-forward replace rollout run scale set taint uncordon'.split(
    ' ',
  ),
)
/** Commands below `create` without plugins. */
const CREATES: ReadonlySet<string> = new Set(
  'clusterrole clusterrolebinding configmap cm cronjob cj deployment deploy ingress ing job namespace ns poddisruptionbudget pdb priorityclass pc quota resourcequota role rolebinding secret service svc serviceaccount sa token'.split(
    ' ',
  ),
)
/** Flags of kubectl that do not say which server is used, and as whom. */
const HARMLESS: ReadonlySet<string> = new Set(['v', 'vmodule', 'request-timeout', 'cache-dir', 'kuberc', 'warnings-as-errors', 'disable-compression'])

/** Flags that state what is asked for in another way, or have no meaning for one exact operation. */
const OTHER_FLAGS = ['resource', 'name', 'gain', 'reveal', 'uses', 'policy', 'from-refusal', 'idempotency-key', 'dry-run'] as const

const AGAIN = 'for example: kubectl create accessrequest --for -- kubectl delete deploy/web -n shop'

/** The words of a command before its own `--`, which kubectl reads as flags and names. */
const ownWords = (args: readonly string[]): readonly string[] => (args.includes('--') ? args.slice(0, args.indexOf('--')) : args)

/** @throws CommandError for a flag that chooses a server or an identity: the plugin must use the same */
function refuseConnection(args: readonly string[]): void {
  const flag = ownWords(args).find((word) => {
    const [, name] = /^--([a-z-]+)/.exec(word) ?? []
    return word.startsWith('-s') || (name !== undefined && Object.hasOwn(KUBECTL_FLAGS, name) && !HARMLESS.has(name))
  })
  if (flag !== undefined)
    throw usage(`${flag} is not accepted in the command`, `give it to the plugin: kubectl create accessrequest ${flag} … --for -- kubectl …`)
}

/** Whether the next word is the value of this flag. */
function takesNext(flag: string): boolean {
  if (flag === '-n' || flag === '-v' || flag === '--namespace') return true
  return flag.startsWith('--') && KUBECTL_FLAGS[flag.slice(2)]?.kind === 'value'
}

/** The words from the command on: flags that have no other meaning may precede it. */
function fromCommand(args: readonly string[]): readonly string[] {
  const [word = '', ...rest] = args
  if (!word.startsWith('-')) return args
  return fromCommand(takesNext(word) ? rest.slice(1) : rest)
}

/** @throws CommandError for a command that cannot be asked for, such as a plugin */
function refuseOther(args: readonly string[]): void {
  const [command, below = '-'] = fromCommand(ownWords(args))
  if (command === undefined) throw usage('the command must say what kubectl does', AGAIN)
  if (!COMMANDS.has(command)) throw usage(`kubectl ${command} cannot be asked for`, `one of these can: ${[...COMMANDS].join(', ')}`)
  if (command === 'create' && !below.startsWith('-') && !CREATES.has(below)) throw usage(`kubectl create ${below} cannot be asked for`, AGAIN)
}

/** `apply --server-side`, `create` or `delete` of files. */
function commandOfFiles(flags: ParsedFlags): readonly string[] {
  const files = allOf(flags, 'filename')
  if (files.length === 0) throw usage('--operation needs a file', 'for example: --operation -f web.yaml')
  const verb = lastOf(flags, 'verb') ?? 'apply'
  if (verb !== 'apply' && verb !== 'create' && verb !== 'delete')
    throw usage(`--verb=${verb}: with --operation it must be one of apply, create, delete`)
  const namespace = lastOf(flags, 'namespace')
  const where = namespace === undefined ? [] : [`--namespace=${namespace}`]
  return [verb, ...(verb === 'apply' ? ['--server-side'] : []), ...files.map((file) => `--filename=${file}`), ...where]
}

function commandOfWords({ words, dash }: ParsedFlags): readonly string[] {
  const [program = '', ...args] = words
  if (dash !== 0 || !/(^|\/)kubectl$/.test(program)) throw usage('--for needs a file, or -- and a kubectl command', AGAIN)
  return args
}

/** Whether the command line asks for exact operations, by `--operation` or `--for -- kubectl …`. */
export const asksFirst = (flags: ParsedFlags): boolean =>
  switchedOn(flags, 'operation') || (switchedOn(flags, 'for') && lastOf(flags, 'filename') === undefined && flags.words.length > 0)

/** The arguments of the kubectl command that is asked for. @throws CommandError */
export function commandOf(flags: ParsedFlags): readonly string[] {
  const isOperation = switchedOn(flags, 'operation')
  if (isOperation && switchedOn(flags, 'for')) throw usage('state the operation in only one way', 'use --operation -f FILE, or --for -- kubectl …')
  if (isOperation && flags.words.length > 0) throw usage('the gateway names the requests of operations', 'leave out NAME')
  const more = isOperation ? [] : (['verb', 'namespace'] as const)
  const strange = flags.given.find(({ name }) => [...OTHER_FLAGS, ...more].some((other) => other === name))
  if (strange !== undefined) throw usage(`--${strange.name} has no meaning for an operation`, 'the command itself says what is asked for')
  const args = isOperation ? commandOfFiles(flags) : commandOfWords(flags)
  refuseOther(args)
  refuseConnection(args)
  return args
}

/** The arguments with more flags, before a `--` of the command. */
export function withFlags(args: readonly string[], flags: readonly string[]): readonly string[] {
  const own = ownWords(args)
  return [...own, ...flags, ...args.slice(own.length)]
}
