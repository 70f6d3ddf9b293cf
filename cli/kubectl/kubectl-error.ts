import { CommandError, EXIT, type ExitCode } from '../terminal/exit-code.ts'
import { lines } from '../terminal/untrusted.ts'

/** What kubectl said when it failed. `reason` is the Status reason, or one of ours where no server answered. */
export class KubectlError extends Error {
  readonly reason: string

  constructor(reason: string, message: string) {
    super(message)
    this.name = 'KubectlError'
    this.reason = reason
  }
}

/** A line that kubectl logs, as klog writes it; a value of several lines is indented, and ends in a line of ` >`. */
export const LOG_LINE = /^[EWIF]\d{4} .*(?:\n(?:\t| >).*)*$/gm
/** No part of the error. */
const WARNING = /^Warning: .*$/gm

/**
 * Reads kubectl's standard error. The forms are those of kubectl 1.27 to 1.37 (k8s.io/kubectl/pkg/cmd/util/helpers.go):
 * `Error from server (Reason): …`, `The KIND "NAME" is invalid: …`, `error: …`. What is none of them stays `Unknown`.
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
  return new KubectlError('Unknown', text.replace(/^error: /, '') || 'kubectl failed and said nothing')
}

/** Whether the object is not there; a cluster that does not serve its kind says NotFound too. */
export const isGone = ({ reason, message }: KubectlError): boolean => reason === 'NotFound' && !message.includes('requested resource')

type Telling = { readonly code: ExitCode; readonly message?: string; readonly next?: string }

const TELLING: { readonly [reason: string]: Telling } = {
  Forbidden: { code: EXIT.refused },
  Invalid: { code: EXIT.refused },
  Unauthorized: {
    code: EXIT.unexpected,
    message: 'the server does not know you: your credential is missing or has ended',
    next: 'kubectl auth whoami',
  },
  ServiceUnavailable: {
    code: EXIT.unexpected,
    message: "jit-access's API server does not answer",
    next: 'try again in a moment; an admin looks with: kubectl get apiservice v1.jit.access',
  },
}

/** Turns what kubectl said into one clear line, the exit code and the next thing to type. */
export function tellKubectlError(error: KubectlError): CommandError {
  const said = lines(error.message).join('\n')
  if (error.reason === 'NotFound' && said.includes('could not find the requested resource')) {
    return new CommandError(
      EXIT.unexpected,
      'this cluster does not serve jit.access/v1',
      'check the context with: kubectl config current-context; kubectl get apiservice v1.jit.access',
    )
  }
  const telling = Object.hasOwn(TELLING, error.reason) ? TELLING[error.reason] : undefined
  if (telling === undefined) return new CommandError(EXIT.unexpected, said)
  return new CommandError(telling.code, telling.message === undefined ? said : `${telling.message} (${said})`, telling.next)
}
