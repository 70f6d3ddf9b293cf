import { SCRIPTS } from '../completion/scripts.ts'
import { EXIT, usage, type ExitCode } from '../terminal/exit-code.ts'
import type { ParsedFlags } from '../terminal/parse-flags.ts'
import type { IO } from '../terminal/io.ts'
import { exitCodes } from './help-codes.ts'

export const COMPLETION = `Print a completion script.

kubectl >= 1.26 completes "kubectl certify" itself, if kubectl's own completion is loaded and an executable named kubectl_complete-certify is on PATH.
npm installs that executable; with krew, write it once. The scripts for bash, zsh and fish complete the command kubectl-certify.

Examples:
  kubectl certify completion kubectl > ~/.local/bin/kubectl_complete-certify && chmod +x ~/.local/bin/kubectl_complete-certify

  source <(kubectl certify completion bash)
  source <(kubectl certify completion zsh)
  kubectl certify completion fish | source

${exitCodes()}

Usage: kubectl certify completion bash|zsh|fish|kubectl
`

/** `kubectl certify completion SHELL`. @throws CommandError */
export function certifyCompletion(io: IO, { words }: ParsedFlags): Promise<ExitCode> {
  const [shell = '', ...more] = words
  const script = Object.hasOwn(SCRIPTS, shell) ? SCRIPTS[shell] : undefined
  if (script === undefined || more.length > 0)
    throw usage(`completion takes one of ${Object.keys(SCRIPTS).join(', ')}`, 'source <(kubectl certify completion bash)')
  io.print(script)
  return Promise.resolve(EXIT.granted)
}
