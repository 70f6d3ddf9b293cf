import { SELECTION_FLAGS } from './decisions/selection-flags.ts'
import { CERTIFY_FLAGS, checkFlags, EVERYWHERE } from './flags.ts'
import { LOGIN_FLAGS } from './login/flags.ts'
import { TARGET_FLAGS } from './suspend/target-flags.ts'
import { nearest } from '../completion/nearest.ts'
import { EXIT, usage, type ExitCode } from '../terminal/exit-code.ts'
import { switchedOn, type ParsedFlags } from '../terminal/parse-flags.ts'
import type { IO } from '../terminal/io.ts'

type Run = (io: IO, flags: ParsedFlags) => Promise<ExitCode>

/** A command is loaded when it runs. To load all of them takes half a second, longer than most commands run. */
type Command = { readonly load: () => Promise<Run>; readonly flags: readonly string[] }

const INBOX: Command = { load: async () => (await import('./inbox/show-inbox.ts')).certifyInbox, flags: ['watch', 'output'] }

const COMMANDS: { readonly [name: string]: Command } = {
  show: { load: async () => (await import('./show.ts')).certifyShow, flags: ['uid', 'output'] },
  approve: {
    load: async () => (await import('./decisions/approve.ts')).certifyApprove,
    flags: ['duration', 'uses', 'verb', 'resource', 'name', 'reason', 'uid', 'yes', 'unseen', 'output', ...SELECTION_FLAGS],
  },
  deny: { load: async () => (await import('./decisions/deny.ts')).certifyDeny, flags: ['reason', 'uid', 'yes', 'output', ...SELECTION_FLAGS] },
  revoke: {
    load: async () => (await import('./decisions/revoke.ts')).certifyRevoke,
    flags: ['reason', 'yes', 'requester', 'policy', 'output'],
  },
  transfer: {
    load: async () => (await import('./transfer/transfer.ts')).certifyTransfer,
    flags: ['to', 'duration', 'uses', 'verb', 'resource', 'name', 'output'],
  },
  history: {
    load: async () => (await import('./history/history.ts')).certifyHistory,
    flags: ['requester', 'policy', 'mine', 'since', 'output'],
  },
  grants: { load: async () => (await import('./grants/grants.ts')).certifyGrants, flags: ['all', 'requester', 'policy', 'output'] },
  'who-can': { load: async () => (await import('./who-can.ts')).certifyWhoCan, flags: ['output'] },
  explain: {
    load: async () => (await import('./policies/explain.ts')).certifyExplain,
    flags: ['for', 'filename', 'verb', 'resource', 'name'],
  },
  policy: { load: async () => (await import('./policies/lint.ts')).certifyPolicy, flags: ['filename', 'output'] },
  withdraw: { load: async () => (await import('./decisions/withdraw.ts')).certifyWithdraw, flags: ['reason', 'output'] },
  reviews: { load: async () => (await import('./break-glass/reviews.ts')).certifyReviews, flags: ['all', 'output'] },
  review: {
    load: async () => (await import('./break-glass/review.ts')).certifyReview,
    flags: ['justified', 'unjustified', 'reason', 'output'],
  },
  keys: { load: async () => (await import('./keys/keys.ts')).certifyKeys, flags: ['fingerprint', 'reason', 'output'] },
  suspend: { load: async () => (await import('./suspend/suspend.ts')).certifySuspend, flags: [...TARGET_FLAGS, 'reason', 'output'] },
  resume: { load: async () => (await import('./suspend/resume.ts')).certifyResume, flags: ['reason', 'output'] },
  login: { load: async () => (await import('./login/login.ts')).certifyLogin, flags: LOGIN_FLAGS },
  doctor: { load: async () => (await import('./doctor.ts')).certifyDoctor, flags: ['output'] },
  'policy-rbac': { load: async () => (await import('./policy-rbac.ts')).certifyPolicyRbac, flags: ['resource', 'classic', 'output'] },
  completion: { load: async () => (await import('./completion.ts')).certifyCompletion, flags: [] },
  sessions: { load: async () => (await import('./sessions/sessions.ts')).certifySessions, flags: ['agent', 'policy', 'since', 'output'] },
  verify: { load: async () => (await import('./records/verify.ts')).certifyVerify, flags: ['last-hash', 'earlier-removed', 'output'] },
  replay: { load: async () => (await import('./records/replay.ts')).certifyReplay, flags: ['records', 'since', 'audit-id', 'output'] },
}

/** What a word may mean that is not a command: a mistyped command, the list, or the name of a request. */
function remedyFor(word: string): string {
  const all = 'all commands: kubectl certify --help'
  if (word === 'list' || word === 'get') return `the list of requests is "kubectl certify" itself; ${all}`
  const near = nearest(word, Object.keys(COMMANDS))
  if (near !== undefined) return `did you mean "kubectl certify ${near}"? ${all}`
  return word.includes('-') || word.includes('/') ? `to see a request: kubectl certify show ${word}; ${all}` : all
}

function commandOf(word: string | undefined): Command {
  if (word === undefined) return INBOX
  const command = Object.hasOwn(COMMANDS, word) ? COMMANDS[word] : undefined
  if (command !== undefined) return command
  throw usage(`no command "${word}"`, remedyFor(word))
}

/** `kubectl certify [COMMAND]`. @throws CommandError, KubectlError */
export async function certify(io: IO, { given, words }: ParsedFlags): Promise<ExitCode> {
  const [word, ...rest] = words
  const flags = { given, words: rest }
  if (word === 'help' || switchedOn(flags, 'help')) {
    const { CERTIFY_HELP, COMMAND_HELP } = await import('./help.ts')
    const topic = word === 'help' ? rest[0] : word
    io.print((topic === undefined ? undefined : COMMAND_HELP[topic]) ?? CERTIFY_HELP)
    return EXIT.granted
  }
  const command = commandOf(word)
  checkFlags(flags, word === undefined ? 'kubectl certify' : `kubectl certify ${word}`, command.flags)
  const run = await command.load()
  return await run(io, flags)
}

/** What a shell completes, for the words that a person has typed so far; the last one is not finished. */
export async function certifyComplete(io: IO, args: readonly string[]): Promise<void> {
  const { complete } = await import('../completion/complete.ts')
  await complete(io, args, { commands: COMMANDS, flags: CERTIFY_FLAGS, everywhere: [...EVERYWHERE] })
}
