#!/usr/bin/env node
import { CREATE_FLAGS } from './create-accessrequest/flags.ts'
import { createAccessRequest } from './create-accessrequest/create-accessrequest.ts'
import { runPlugin } from './terminal/run-plugin.ts'

/** `kubectl create accessrequest`: a plugin of `kubectl create`; kubectl 1.29 and newer find it by its file name. */
await runPlugin({ flags: CREATE_FLAGS, run: createAccessRequest }, process, process.env['KUBECTL_PATH'])
