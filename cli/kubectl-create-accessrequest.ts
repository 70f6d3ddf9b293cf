#!/usr/bin/env node
import { CREATE_FLAGS } from './create-accessrequest-flags.ts'
import { createAccessRequest } from './create-accessrequest.ts'
import { endOf } from './end-of.ts'
import { endOnSignal } from './end-on-signal.ts'
import { worldOf } from './terminal.ts'

/** `kubectl create accessrequest`: a plugin of `kubectl create` (kubectl 1.29 and newer find it by its file name). */
const args = process.argv.slice(2)
const world = worldOf({ streams: process, kubectlPath: process.env['KUBECTL_PATH'], args }, CREATE_FLAGS)
endOnSignal(process)
process.stdout.on('error', () => process.exit(1)) // a closed pipe: nobody reads the result any more
process.exitCode = await endOf(world, () => createAccessRequest(world, args))
