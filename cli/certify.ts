import { certifyApprove } from './certify-approve.ts'
import { certifyDeny } from './certify-deny.ts'
import { CERTIFY_FLAGS, checkFlags } from './certify-flags.ts'
import { CERTIFY_HELP, COMMAND_HELP } from './certify-help.ts'
import { certifyDoctor } from './certify-doctor.ts'
import { certifyInbox } from './certify-inbox.ts'
import { certifyPolicyRbac } from './certify-policy-rbac.ts'
import { certifyReplay } from './certify-replay.ts'
import { certifyRevoke } from './certify-revoke.ts'
import { certifyShow } from './certify-show.ts'
import { certifyVerify } from './certify-verify.ts'
import { EXIT, usage, type ExitCode } from './exit-code.ts'
import { parseFlags, switchedOn, type ParsedFlags } from './parse-flags.ts'
import type { World } from './world.ts'

type Command = { readonly run: (world: World, flags: ParsedFlags) => Promise<ExitCode>; readonly flags: readonly string[] }

const INBOX: Command = { run: certifyInbox, flags: ['watch', 'output'] }

const COMMANDS: { readonly [name: string]: Command } = {
  show: { run: certifyShow, flags: ['output'] },
  approve: { run: certifyApprove, flags: ['duration', 'uses', 'verb', 'resource', 'name', 'reason', 'yes', 'unseen', 'output'] },
  deny: { run: certifyDeny, flags: ['reason', 'output'] },
  revoke: { run: certifyRevoke, flags: ['reason', 'output'] },
  doctor: { run: certifyDoctor, flags: ['output'] },
  'policy-rbac': { run: certifyPolicyRbac, flags: ['resource', 'classic'] },
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
export async function certify(world: World, args: readonly string[]): Promise<ExitCode> {
  const { given, words } = parseFlags(CERTIFY_FLAGS, args)
  const [word, ...rest] = words
  const flags = { given, words: rest }
  if (word === 'help' || switchedOn(flags, 'help')) {
    const topic = word === 'help' ? rest[0] : word
    world.print((topic === undefined ? undefined : COMMAND_HELP[topic]) ?? CERTIFY_HELP)
    return EXIT.granted
  }
  const command = commandOf(word)
  checkFlags(flags, word === undefined ? 'kubectl certify' : `kubectl certify ${word}`, command.flags)
  return await command.run(world, flags)
}
