import { certifyApprove } from './decisions/approve.ts'
import { certifyDeny } from './decisions/deny.ts'
import { SELECTION_FLAGS } from './decisions/select-requests.ts'
import { certifyCompletion } from './completion.ts'
import { CERTIFY_FLAGS, checkFlags, EVERYWHERE } from './flags.ts'
import { CERTIFY_HELP, COMMAND_HELP } from './help.ts'
import { certifyDoctor } from './doctor.ts'
import { certifyGrants } from './grants/grants.ts'
import { certifyHistory } from './history/history.ts'
import { certifyInbox } from './inbox/show-inbox.ts'
import { certifyExplain } from './policies/explain.ts'
import { certifyPolicy } from './policies/lint.ts'
import { certifyPolicyRbac } from './policy-rbac.ts'
import { certifyReplay } from './records/replay.ts'
import { certifyRevoke } from './decisions/revoke.ts'
import { certifyShow } from './show.ts'
import { certifyReview } from './break-glass/review.ts'
import { certifyReviews } from './break-glass/reviews.ts'
import { certifyKeys } from './keys/keys.ts'
import { certifyResume } from './suspend/resume.ts'
import { certifySuspend } from './suspend/suspend.ts'
import { TARGET_FLAGS } from './suspend/targets.ts'
import { certifyTransfer } from './transfer/transfer.ts'
import { certifyWithdraw } from './decisions/withdraw.ts'
import { certifyVerify } from './records/verify.ts'
import { certifyWhoCan } from './who-can.ts'
import { EXIT, usage, type ExitCode } from '../terminal/exit-code.ts'
import { switchedOn, type ParsedFlags } from '../terminal/parse-flags.ts'
import { complete } from '../completion/complete.ts'
import type { IO } from '../terminal/io.ts'

type Command = { readonly run: (io: IO, flags: ParsedFlags) => Promise<ExitCode>; readonly flags: readonly string[] }

const INBOX: Command = { run: certifyInbox, flags: ['watch', 'output'] }

const COMMANDS: { readonly [name: string]: Command } = {
  show: { run: certifyShow, flags: ['output'] },
  approve: { run: certifyApprove, flags: ['duration', 'uses', 'verb', 'resource', 'name', 'reason', 'yes', 'unseen', 'output', ...SELECTION_FLAGS] },
  deny: { run: certifyDeny, flags: ['reason', 'yes', 'output', ...SELECTION_FLAGS] },
  revoke: { run: certifyRevoke, flags: ['reason', 'yes', 'requester', 'policy', 'output'] },
  transfer: { run: certifyTransfer, flags: ['to', 'duration', 'uses', 'verb', 'resource', 'name', 'output'] },
  history: { run: certifyHistory, flags: ['requester', 'policy', 'mine', 'since', 'output'] },
  grants: { run: certifyGrants, flags: ['all', 'requester', 'policy', 'output'] },
  'who-can': { run: certifyWhoCan, flags: ['output'] },
  explain: { run: certifyExplain, flags: ['for', 'filename', 'verb', 'resource', 'name'] },
  policy: { run: certifyPolicy, flags: ['filename', 'output'] },
  withdraw: { run: certifyWithdraw, flags: ['reason', 'output'] },
  reviews: { run: certifyReviews, flags: ['all', 'output'] },
  review: { run: certifyReview, flags: ['justified', 'unjustified', 'reason', 'output'] },
  keys: { run: certifyKeys, flags: ['fingerprint', 'reason', 'output'] },
  suspend: { run: certifySuspend, flags: [...TARGET_FLAGS, 'reason', 'output'] },
  resume: { run: certifyResume, flags: ['reason', 'output'] },
  doctor: { run: certifyDoctor, flags: ['output'] },
  'policy-rbac': { run: certifyPolicyRbac, flags: ['resource', 'classic'] },
  completion: { run: certifyCompletion, flags: [] },
  verify: { run: certifyVerify, flags: ['last-hash', 'earlier-removed', 'output'] },
  replay: { run: certifyReplay, flags: ['records', 'since', 'audit-id', 'output'] },
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
  await complete(io, args, { commands: COMMANDS, flags: CERTIFY_FLAGS, everywhere: [...EVERYWHERE] })
}
