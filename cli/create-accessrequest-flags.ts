import { KUBECTL_FLAGS } from './kubectl-flags.ts'
import type { FlagTable } from './parse-flags.ts'

export const CREATE_FLAGS: FlagTable = {
  ...KUBECTL_FLAGS,
  verb: { kind: 'value' },
  resource: { kind: 'value' },
  name: { kind: 'value' },
  namespace: { kind: 'value', short: 'n' },
  duration: { kind: 'value' },
  uses: { kind: 'value' },
  reason: { kind: 'value' },
  ticket: { kind: 'value' },
  policy: { kind: 'value' },
  reveal: { kind: 'value' },
  for: { kind: 'switch' },
  filename: { kind: 'value', short: 'f' },
  'from-refusal': { kind: 'optional' },
  'agent-name': { kind: 'value' },
  'agent-model': { kind: 'value' },
  'agent-session': { kind: 'value' },
  'agent-task': { kind: 'value' },
  'idempotency-key': { kind: 'value' },
  wait: { kind: 'switch' },
  timeout: { kind: 'value' },
  output: { kind: 'value', short: 'o' },
  'dry-run': { kind: 'optional' },
  help: { kind: 'switch', short: 'h' },
}
