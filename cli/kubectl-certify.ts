#!/usr/bin/env node
import { certify } from './certify/certify.ts'
import { CERTIFY_FLAGS } from './certify/flags.ts'
import { runCommand } from './terminal/run-command.ts'
import { endOnSignal } from './terminal/end-on-signal.ts'
import { ioOf } from './terminal/terminal.ts'

/** `kubectl certify`: kubectl finds the plugin by its file name. */
const args = process.argv.slice(2)
const io = ioOf({ streams: process, kubectlPath: process.env['KUBECTL_PATH'], args }, CERTIFY_FLAGS)
endOnSignal(process)
process.stdout.on('error', () => process.exit(1)) // a closed pipe: the result is not read any more
process.exitCode = await runCommand(io, () => certify(io, args))
