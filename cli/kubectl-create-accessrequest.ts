#!/usr/bin/env node
import { CREATE_FLAGS } from './create-accessrequest/flags.ts'
import { createAccessRequest } from './create-accessrequest/create-accessrequest.ts'
import { runCommand } from './terminal/run-command.ts'
import { endOnSignal } from './terminal/end-on-signal.ts'
import { ioOf } from './terminal/terminal.ts'

/** `kubectl create accessrequest`: a plugin of `kubectl create`; kubectl 1.29 and newer find it by its file name. */
const args = process.argv.slice(2)
const io = ioOf({ streams: process, kubectlPath: process.env['KUBECTL_PATH'], args }, CREATE_FLAGS)
endOnSignal(process)
process.stdout.on('error', () => process.exit(1)) // a closed pipe: the result is not read any more
process.exitCode = await runCommand(io, () => createAccessRequest(io, args))
