import { SELECTION_FLAGS } from './decisions/selection-flags.ts'
import { CERTIFY_FLAGS, checkFlags, EVERYWHERE } from './flags.ts'
import { LOGIN_FLAGS } from './login/flags.ts'
import { TARGET_FLAGS } from './suspend/target-flags.ts'
import { EXIT, usage, type ExitCode } from '../terminal/exit-code.ts'
import { switchedOn, type ParsedFlags } from '../terminal/parse-flags.ts'
import type { IO } from '../terminal/io.ts'

type Run = (io: IO, flags: ParsedFlags) => Promise<ExitCode>
type Command = { readonly run: Run; readonly flags: readonly string[] }

/** Loads a command when it runs. To load all of them takes half a second, longer than most commands run. */
function lazily(load: () => Promise<Run>): Run {
  return async (io, flags) => {
    const run = await load()
    return await run(io, flags)
  }
}

const INBOX: Command = { run: lazily(async () => (await import('./inbox/show-inbox.ts')).certifyInbox), flags: ['watch', 'output'] }

const COMMANDS: { readonly [name: string]: Command } = {
  show: { run: lazily(async () => (await import('./show.ts')).certifyShow), flags: ['uid', 'output'] },
  approve: {
    run: lazily(async () => (await import('./decisions/approve.ts')).certifyApprove),
    flags: ['duration', 'uses', 'verb', 'resource', 'name', 'reason', 'uid', 'yes', 'unseen', 'output', ...SELECTION_FLAGS],
  },
  deny: { run: lazily(async () => (await import('./decisions/deny.ts')).certifyDeny), flags: ['reason', 'uid', 'yes', 'output', ...SELECTION_FLAGS] },
  revoke: {
    run: lazily(async () => (await import('./decisions/revoke.ts')).certifyRevoke),
    flags: ['reason', 'yes', 'requester', 'policy', 'output'],
  },
  transfer: {
    run: lazily(async () => (await import('./transfer/transfer.ts')).certifyTransfer),
    flags: ['to', 'duration', 'uses', 'verb', 'resource', 'name', 'output'],
  },
  history: {
    run: lazily(async () => (await import('./history/history.ts')).certifyHistory),
    flags: ['requester', 'policy', 'mine', 'since', 'output'],
  },
  grants: { run: lazily(async () => (await import('./grants/grants.ts')).certifyGrants), flags: ['all', 'requester', 'policy', 'output'] },
  'who-can': { run: lazily(async () => (await import('./who-can.ts')).certifyWhoCan), flags: ['output'] },
  explain: {
    run: lazily(async () => (await import('./policies/explain.ts')).certifyExplain),
    flags: ['for', 'filename', 'verb', 'resource', 'name'],
  },
  policy: { run: lazily(async () => (await import('./policies/lint.ts')).certifyPolicy), flags: ['filename', 'output'] },
  withdraw: { run: lazily(async () => (await import('./decisions/withdraw.ts')).certifyWithdraw), flags: ['reason', 'output'] },
  reviews: { run: lazily(async () => (await import('./break-glass/reviews.ts')).certifyReviews), flags: ['all', 'output'] },
  review: {
    run: lazily(async () => (await import('./break-glass/review.ts')).certifyReview),
    flags: ['justified', 'unjustified', 'reason', 'output'],
  },
  keys: { run: lazily(async () => (await import('./keys/keys.ts')).certifyKeys), flags: ['fingerprint', 'reason', 'output'] },
  suspend: { run: lazily(async () => (await import('./suspend/suspend.ts')).certifySuspend), flags: [...TARGET_FLAGS, 'reason', 'output'] },
  resume: { run: lazily(async () => (await import('./suspend/resume.ts')).certifyResume), flags: ['reason', 'output'] },
  login: { run: lazily(async () => (await import('./login/login.ts')).certifyLogin), flags: LOGIN_FLAGS },
  doctor: { run: lazily(async () => (await import('./doctor.ts')).certifyDoctor), flags: ['output'] },
  'policy-rbac': { run: lazily(async () => (await import('./policy-rbac.ts')).certifyPolicyRbac), flags: ['resource', 'classic'] },
  completion: { run: lazily(async () => (await import('./completion.ts')).certifyCompletion), flags: [] },
  sessions: { run: lazily(async () => (await import('./sessions/sessions.ts')).certifySessions), flags: ['agent', 'policy', 'since', 'output'] },
  verify: { run: lazily(async () => (await import('./records/verify.ts')).certifyVerify), flags: ['last-hash', 'earlier-removed', 'output'] },
  replay: { run: lazily(async () => (await import('./records/replay.ts')).certifyReplay), flags: ['records', 'since', 'audit-id', 'output'] },
}

function commandOf(word: string | undefined): Command {
  if (word === undefined) return INBOX
  const command = Object.hasOwn(COMMANDS, word) ? COMMANDS[word] : undefined
  if (command !== undefined) return command
  throw usage(`no command "${word}"`, `to see a request: kubectl certify show ${word}; all commands: kubectl certify --help`)
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
  return await command.run(io, flags)
}

/** What a shell completes, for the words that a person has typed so far; the last one is not finished. */
export async function certifyComplete(io: IO, args: readonly string[]): Promise<void> {
  const { complete } = await import('../completion/complete.ts')
  await complete(io, args, { commands: COMMANDS, flags: CERTIFY_FLAGS, everywhere: [...EVERYWHERE] })
}
