#!/usr/bin/env node
import { certify, certifyComplete } from './certify/certify.ts'
import { CERTIFY_FLAGS } from './certify/flags.ts'
import { runPlugin } from './terminal/run-plugin.ts'

/** `kubectl certify`: kubectl finds the plugin by its file name. */
const { env, platform } = process
await runPlugin(
  { flags: CERTIFY_FLAGS, run: (io, flags) => certify({ ...io, env, platform }, flags), complete: certifyComplete },
  process,
  env['KUBECTL_PATH'],
)
