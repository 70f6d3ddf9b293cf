import { certify } from '../../cli/certify/certify.ts'
import { CERTIFY_FLAGS } from '../../cli/certify/flags.ts'
import { createAccessRequest } from '../../cli/create-accessrequest/create-accessrequest.ts'
import { CREATE_FLAGS } from '../../cli/create-accessrequest/flags.ts'
import { parseFlags } from '../../cli/terminal/parse-flags.ts'
import { runCommand } from '../../cli/terminal/run-command.ts'
import type { ExitCode } from '../../cli/terminal/exit-code.ts'
import type { IO } from '../../cli/terminal/io.ts'

/** `kubectl certify ARGS`, as the plugin runs it. */
export const runCertify = async (io: IO, args: readonly string[]): Promise<ExitCode> =>
  await runCommand(io, async () => await certify(io, parseFlags(CERTIFY_FLAGS, args)))

/** `kubectl create accessrequest ARGS`, as the plugin runs it. */
export const runCreate = async (io: IO, args: readonly string[]): Promise<ExitCode> =>
  await runCommand(io, async () => await createAccessRequest(io, parseFlags(CREATE_FLAGS, args)))
