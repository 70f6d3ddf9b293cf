import { isIP } from 'node:net'
import { createTransport } from 'nodemailer'
import type { NotificationChannelSpec } from '../../../../domain/api/notifications/notification-channel.ts'
import { DeliveryError, TIMEOUT_MS, type Channel } from '../channel.ts'
import { mailOfDigest, mailOfMessage, type Mail } from './compose-mail.ts'
import { serverAddress } from './server-address.ts'

type EmailSpec = NonNullable<NotificationChannelSpec['email']>
export type EmailOptions = {
  readonly email: EmailSpec
  /** Whether the server may have a loopback or link-local address, which is for tests. */
  readonly insecure: boolean
  /** The password. Absent without authentication. */
  readonly password?: () => Promise<string>
  /** Time for one mail. Optional. Defaults to {@link DEADLINE_MS}. */
  readonly deadlineMs?: number
}

/**
 * Time for one mail, with all responses of the server. The other time-outs only end a silence, so a server that sends a line every few seconds would keep
 * the channel waiting forever, without an error in its status.
 */
const DEADLINE_MS = 60_000

/** The errors of nodemailer quote the server's response, so only their codes are kept. */
function failureOf(cause: unknown): DeliveryError {
  const { responseCode, code } = cause as { readonly responseCode?: unknown; readonly code?: unknown }
  const known = typeof code === 'string' && /^E[A-Z]{2,20}$/.test(code) ? ` (${code})` : ''
  const isAboutMail = code === 'EENVELOPE' || code === 'EMESSAGE'
  if (typeof responseCode !== 'number') return new DeliveryError('Unavailable', `the SMTP server cannot be used${known}`)
  return new DeliveryError(isAboutMail && responseCode >= 500 ? 'Rejected' : 'Unavailable', `the SMTP server answered ${responseCode}${known}`)
}

/** The connection to the server. Certificates are always verified, for the name of the server. */
function serverOf({ smtp }: EmailSpec, address: string): object {
  const { host, port, tls = 'StartTLS' } = smtp
  return {
    host: address,
    ...(isIP(host) === 0 ? { servername: host } : {}),
    port: port ?? (tls === 'Implicit' ? 465 : 587),
    secure: tls === 'Implicit',
    requireTLS: tls === 'StartTLS',
    ignoreTLS: tls === 'None',
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  }
}

/** Mails to the recipients of the channel, each over a connection of its own. */
export function createEmailChannel({ email, insecure, password, deadlineMs = DEADLINE_MS }: EmailOptions): Channel {
  const deliver = async ({ inReplyTo, ...mail }: Mail): Promise<void> => {
    const auth = password === undefined ? {} : { auth: { user: email.smtp.username ?? email.from, pass: await password() } }
    const address = insecure ? email.smtp.host : await serverAddress(email.smtp.host)
    const transport = createTransport({ ...serverOf(email, address), ...auth })
    const signal = AbortSignal.timeout(deadlineMs)
    try {
      await transport.sendMail({
        signal,
        ...mail,
        from: email.from,
        to: [...email.to],
        headers: { 'Auto-Submitted': 'auto-generated' },
        ...(inReplyTo === undefined ? {} : { inReplyTo, references: inReplyTo }),
      })
    } catch (error) {
      if (signal.aborted) throw new DeliveryError('Unavailable', `the SMTP server did not take the mail within ${deadlineMs / 1000} seconds`)
      throw failureOf(error)
    } finally {
      transport.close()
    }
  }
  return {
    send: async (message) => {
      await deliver(mailOfMessage(message, email.from))
      return undefined
    },
    sendDigest: (digest) => deliver(mailOfDigest(digest, email.from)),
  }
}
