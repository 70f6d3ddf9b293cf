import { CommandError, EXIT, type ExitCode } from '../terminal/exit-code.ts'
import { lines } from '../terminal/untrusted.ts'

/** A failed kubectl call. `reason` is the Status reason, or a local one (`Unreachable`, `NoKubectl`, `Unknown`) when no server responded. */
export class KubectlError extends Error {
  readonly reason: string

  constructor(reason: string, message: string) {
    super(message)
    this.name = 'KubectlError'
    this.reason = reason
  }
}

/** A kubectl log line in klog format. Lines of a multi-line value are indented, and the value ends with a line ` >`. */
export const LOG_LINE = /^[EWIF]\d{4} .*(?:\n(?:\t| >).*)*$/gm
/** Warnings are not part of the error. */
export const WARNING = /^Warning: .*$/gm

/** How an error of kubectl itself begins, as opposed to what a credential plugin says. */
export const OWN_ERROR = /^(?:error\b|Error from server|The [\w.]+ "[^"]*" is invalid|The connection to the server|Unable to connect to the server)/m

/**
 * Parses kubectl's standard error in the forms of kubectl 1.27 to 1.37 (k8s.io/kubectl/pkg/cmd/util/helpers.go):
 * `Error from server (Reason): …`, `The KIND "NAME" is invalid: …`, `error: …`. Anything else gets the reason `Unknown`.
 */
export function parseKubectlError(stderr: string): KubectlError {
  const text = stderr
    .replaceAll(LOG_LINE, '')
    .replaceAll(WARNING, '')
    .replaceAll(/\n{2,}/g, '\n')
    .trim()
  const server = /^Error from server(?: \((\w+)\))?: ([\s\S]*)$/m.exec(text)
  if (server !== null) return new KubectlError(server[1] ?? 'Unknown', server[2] ?? '')
  if (/^The [\w.]+ "[^"]*" is invalid/m.test(text)) return new KubectlError('Invalid', text)
  if (/\(Unauthorized\)|You must be logged in/.test(text)) return new KubectlError('Unauthorized', text.replace(/^error: /, ''))
  if (/^(The connection to the server|Unable to connect to the server)/m.test(text)) return new KubectlError('Unreachable', text)
  return new KubectlError('Unknown', text.replace(/^error: /, '') || 'kubectl failed without an error message')
}

/** Whether the object does not exist. A cluster that does not serve its kind also returns NotFound, which does not count. */
export const isGone = ({ reason, message }: KubectlError): boolean => reason === 'NotFound' && !message.includes('requested resource')

type Explanation = { readonly code: ExitCode; readonly message?: string; readonly next?: string }

const EXPLANATIONS: { readonly [reason: string]: Explanation } = {
  Forbidden: { code: EXIT.refused },
  Invalid: { code: EXIT.refused },
  Unauthorized: {
    code: EXIT.unexpected,
    message: 'the server did not authenticate you: your credential is missing or has expired',
    next: 'kubectl auth whoami',
  },
  ServiceUnavailable: {
    code: EXIT.unexpected,
    message: "jit-access's API server does not respond",
    next: 'try again in a moment; an admin can check: kubectl get apiservice v1.jit.access',
  },
}

/** Converts a kubectl error to one clear message, the exit code and what to type next. */
export function toCommandError(error: KubectlError): CommandError {
  const said = lines(error.message).join('\n')
  if (error.reason === 'NotFound' && said.includes('could not find the requested resource')) {
    return new CommandError(
      EXIT.unexpected,
      'this cluster does not serve jit.access/v1',
      'check the context with: kubectl config current-context; kubectl get apiservice v1.jit.access',
    )
  }
  const [, resource] =
    error.reason === 'NotFound' ? (/^(access[a-z]+|approverkeys|breakglassreviews)\.jit\.access ".*" not found$/.exec(said) ?? []) : []
  if (resource !== undefined) return new CommandError(EXIT.unexpected, said, `list those that you can see: kubectl get ${resource}`)
  const explanation = Object.hasOwn(EXPLANATIONS, error.reason) ? EXPLANATIONS[error.reason] : undefined
  if (explanation === undefined) return new CommandError(EXIT.unexpected, said)
  return new CommandError(explanation.code, explanation.message === undefined ? said : `${explanation.message} (${said})`, explanation.next)
}
