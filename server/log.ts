import type { Clock } from '../domain/clock.ts'

/** Fields of a log line. The list is closed, so that no request, header or object can be logged. */
export type LogFields = {
  readonly actor?: string
  readonly audience?: string
  readonly auditID?: string
  readonly address?: string
  readonly adminPort?: number
  readonly client?: string
  readonly code?: number
  readonly count?: number
  readonly error?: string
  readonly file?: string
  readonly path?: string
  readonly policy?: string
  readonly port?: number
  readonly reason?: string
  readonly resource?: string
  readonly seconds?: number
  readonly signal?: string
  readonly subject?: string
  readonly upstream?: string
}

export type Log = {
  info(event: string, fields?: LogFields): void
  warn(event: string, fields?: LogFields): void
  error(event: string, fields?: LogFields): void
}

/** Writes JSON Lines for operators: what failed and where, never the content of requests or responses. */
export function createLog(options: { readonly part: string; readonly write: (line: string) => void; readonly clock: Clock }): Log {
  const at =
    (level: string) =>
    (event: string, fields: LogFields = {}): void =>
      options.write(`${JSON.stringify({ time: new Date(options.clock.nowMs()).toISOString(), level, part: options.part, event, ...fields })}\n`)
  return { info: at('info'), warn: at('warn'), error: at('error') }
}

/**
 * A loggable description of an error: the messages along its causes, without stacks. Errors of jit-access contain no values; those of libraries are
 * truncated, since they may quote their input.
 */
export function reasonOf(error: unknown): string {
  const parts: string[] = []
  for (let at: unknown = error; at instanceof Error && parts.length < 4; at = at.cause) {
    const code = 'code' in at && typeof at.code === 'string' ? ` (${at.code})` : ''
    parts.push(`${at.message.slice(0, 200)}${code}`)
  }
  return parts.length === 0 ? 'unknown error' : parts.join(': ')
}
