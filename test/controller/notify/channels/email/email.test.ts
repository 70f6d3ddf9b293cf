import { createServer, type AddressInfo } from 'node:net'
import fc from 'fast-check'
import { SMTPServer } from 'smtp-server'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { mailOfMessage } from '../../../../../controller/notify/channels/email/compose-mail.ts'
import { createEmailChannel } from '../../../../../controller/notify/channels/email/email.ts'
import { INJECTIONS, message, request, saying } from '../../notified-objects.ts'

let server: SMTPServer
let mails: { readonly raw: string; readonly to: readonly string[] }[]
let refuse: number | undefined
let port = 0
beforeEach(async () => {
  mails = []
  refuse = undefined
  server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onRcptTo: (_, __, done) => done(refuse === undefined ? null : Object.assign(new Error('CANARY no'), { responseCode: refuse })),
    onData: (stream, session, done) => {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        mails.push({ raw: Buffer.concat(chunks).toString('utf8'), to: session.envelope.rcptTo.map(({ address }) => address) })
        done()
      })
    },
  })
  server.on('error', () => undefined)
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  port = (server.server.address() as AddressInfo).port
})
afterEach(() => new Promise<void>((resolve) => server.close(resolve)))

const FROM = 'jit@example.com'
const channel = (tls: 'None' | 'StartTLS' = 'None', password?: string) =>
  createEmailChannel({
    insecure: true,
    email: { to: ['one@example.com', 'two@example.com'], from: FROM, smtp: { host: '127.0.0.1', port, tls } },
    ...(password === undefined ? {} : { password: () => Promise.resolve(password) }),
  })

/** The headers of a mail, unfolded. */
const headersOf = (raw: string): readonly string[] => (raw.split('\r\n\r\n')[0] ?? '').replaceAll(/\r\n[ \t]+/g, ' ').split('\r\n')

it('a mail has text, HTML, a stable Message-ID and the thread of its request', async () => {
  await channel().send(message(request('r1', { reason: 'roll back' }), 'Requested', 'https://console.example'))
  await channel().send(message(request('r1'), 'Expiring'))
  const [first, second] = mails
  expect(first?.to).toEqual(['one@example.com', 'two@example.com'])
  const headers = headersOf(first?.raw ?? '')
  expect(headers).toContain('Message-ID: <uid-r1.Requested@example.com>')
  expect(headers).toContain('In-Reply-To: <uid-r1.thread@example.com>')
  expect(headers).toContain('Auto-Submitted: auto-generated')
  expect(headersOf(second?.raw ?? '')).toContain('In-Reply-To: <uid-r1.thread@example.com>')
  expect(first?.raw).toContain('Content-Type: text/plain')
  expect(first?.raw).toContain('Content-Type: text/html')
  expect(first?.raw).toContain('roll back')
})

it.each(INJECTIONS)('no header, recipient or markup comes from %j', async (words) => {
  await channel().send(message(saying(words)))
  const [mail] = mails
  expect(mail?.to).toEqual(['one@example.com', 'two@example.com'])
  const names = headersOf(mail?.raw ?? '').map((line) => line.split(':')[0])
  expect(new Set(names)).toEqual(
    new Set(['Auto-Submitted', 'From', 'To', 'Subject', 'Message-ID', 'In-Reply-To', 'References', 'Date', 'MIME-Version', 'Content-Type']),
  )
})

const tagsOf = (html: string): readonly string[] => html.match(/<[^>]*>?/g) ?? []

it('in HTML, the words of an agent are text', () => {
  const neutral = mailOfMessage(message(saying('words')), FROM).html
  fc.assert(
    fc.property(
      fc.oneof(fc.constantFrom(...INJECTIONS), fc.string({ unit: fc.constantFrom(...Array.from('<>&"\'/=ax ')), minLength: 1 })),
      (words) => {
        const { html, subject, messageId } = mailOfMessage(message(saying(words)), FROM)
        const tags = tagsOf(html)
        for (const tag of tags) expect(tagsOf(neutral)).toContain(tag)
        expect(`${subject}${messageId}`).not.toMatch(/[\r\n]/)
      },
    ),
  )
})

it('a refused recipient is about the mail, and the words of the server are not repeated', async () => {
  refuse = 550
  const error = await channel()
    .send(message())
    .catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ reason: 'Rejected', message: 'the SMTP server answered 550 (EENVELOPE)' })
  refuse = 451
  await expect(channel().send(message())).rejects.toMatchObject({ reason: 'Unavailable' })
})

it('nothing is sent over a connection that does not become encrypted, with StartTLS', async () => {
  await expect(channel('StartTLS').send(message())).rejects.toMatchObject({ reason: 'Unavailable' })
  expect(mails).toEqual([])
})

it('a server that is away is a failure', async () => {
  const away = createEmailChannel({ insecure: true, email: { to: ['a@example.com'], from: FROM, smtp: { host: '127.0.0.1', port: 1, tls: 'None' } } })
  await expect(away.send(message())).rejects.toMatchObject({ reason: 'Unavailable', message: 'the SMTP server cannot be used (ESOCKET)' })
})

it.each(['127.0.0.1', '::1', 'localhost', '127.1', '0x7f000001', '2130706433', '169.254.169.254', '0.0.0.0', '::ffff:127.0.0.1'])(
  'no connection is made to %s, however it is written',
  async (host) => {
    let connections = 0
    server.server.on('connection', () => (connections += 1))
    const email = { to: ['a@example.com'], from: FROM, smtp: { host, port, tls: 'None' as const } }
    await expect(createEmailChannel({ email, insecure: false }).send(message())).rejects.toMatchObject({
      reason: 'Unready',
      message: 'the SMTP server has an address of the controller itself or of its node',
    })
    expect([connections, mails]).toEqual([0, []])
  },
)

it('a name that does not exist is a failure that says so', async () => {
  const email = { to: ['a@example.com'], from: FROM, smtp: { host: 'no-such-host.invalid' } }
  await expect(createEmailChannel({ email, insecure: false }).send(message())).rejects.toMatchObject({
    reason: 'Unavailable',
    message: expect.stringMatching(/^the SMTP server cannot be found/) as string,
  })
})

it('a server that goes on with its response forever is given up, and its connection ends', async () => {
  const ended = Promise.withResolvers<void>()
  const slow = createServer((socket) => {
    const lines = setInterval(() => socket.write('250-wait\r\n'), 10)
    socket
      .on('error', () => undefined)
      .once('close', () => {
        clearInterval(lines)
        ended.resolve()
      })
    socket.write('220 hello\r\n')
  })
  await new Promise<void>((resolve) => void slow.listen(0, '127.0.0.1', resolve))
  const smtp = { host: '127.0.0.1', port: (slow.address() as AddressInfo).port, tls: 'None' } as const
  const waiting = createEmailChannel({ insecure: true, deadlineMs: 500, email: { to: ['one@example.com'], from: FROM, smtp } })
  await expect(waiting.send(message(request('r1'), 'Requested'))).rejects.toMatchObject({
    reason: 'Unavailable',
    message: 'the SMTP server did not take the mail within 0.5 seconds',
  })
  await ended.promise
  await new Promise((resolve) => slow.close(resolve))
})
