#!/usr/bin/env node
import { certify } from './certify.ts'
import { CERTIFY_FLAGS } from './certify-flags.ts'
import { endOf } from './end-of.ts'
import { endOnSignal } from './end-on-signal.ts'
import { worldOf } from './terminal.ts'

/** `kubectl certify`: a plugin that kubectl finds by its file name. */
const args = process.argv.slice(2)
const world = worldOf({ streams: process, kubectlPath: process.env['KUBECTL_PATH'], args }, CERTIFY_FLAGS)
endOnSignal(process)
process.stdout.on('error', () => process.exit(1)) // a closed pipe: nobody reads the result any more
process.exitCode = await endOf(world, () => certify(world, args))
