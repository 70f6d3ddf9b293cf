import type { RecordEvent } from '../../../../domain/record/events.ts'
import { nameOfRun } from '../../../../domain/record/sessions/session-name.ts'
import { closedOf, dataOf, intentOf, openAt, openedOf, outcomeOf, refusedOf, sessionNamed } from '../../../server/records/sessions/agent-records.ts'

export const AGENTS_SESSION = sessionNamed('a')
export const INJECTION = '<script>alert(1)</script>"\'><img src=x onerror=alert(2)>\u202e'

/** Writes what an agent with bad intentions did: everything that it controls holds markup and control characters. Returns the name of its session. */
export async function writeBadAgent(dir: string, startMs: number): Promise<string> {
  const session = AGENTS_SESSION
  const { recorder, write } = await openAt(dir, { startMs, host: 'gateway-a' })
  const what = { verb: 'get', apiGroup: '', resource: 'pods', namespace: 'shop', policy: 'agents', effect: 'Allow', risk: 'Low' }
  const events: readonly RecordEvent[] = [
    intentOf(session, 'a1', { ...what, user: 'oidc:agent', name: INJECTION, path: `/${INJECTION}`, query: INJECTION }),
    outcomeOf(session, 'a1', 12),
    refusedOf(session, 'a2', { ...what, verb: 'delete', user: 'oidc:agent', risk: 'High', message: `no\n${INJECTION}` }),
    { event: 'hold.filed', auditID: 'a3', session, request: 'hold-1f0c9a2e', digest: 'd', timeoutSeconds: 60 },
    {
      event: 'hold.decided',
      auditID: 'a3',
      session,
      request: 'hold-1f0c9a2e',
      decision: 'Denied',
      deniedBy: ['oidc:alice'],
      message: INJECTION,
      waitedMs: 4000,
    },
    intentOf(session, 'a4', {
      ...what,
      user: 'oidc:agent',
      verb: 'create',
      resource: 'pods',
      subresource: 'exec',
      name: 'web-0',
      grant: 'g-1',
      risk: 'High',
    }),
    openedOf(session, 'a4', { command: ['sh', '-c', INJECTION] }),
    { event: 'stream.data', auditID: 'a4', session, channel: 'resize', offsetMs: 1, data: '80x24' },
    dataOf(session, 'a4', 20, '\u001b]0;title\u0007\u001b[31m$ ls\u001b[0m\r\n'),
    dataOf(session, 'a4', 900, `${INJECTION}\r\n\u009b2J\u001b[2Jbye\r\n`),
    // Reading these must not take quadratic time.
    dataOf(session, 'a4', 950, '\r'.repeat(200_000)),
    closedOf(session, 'a4', 1000),
    outcomeOf(session, 'a4', 1000),
  ]
  for (const [index, event] of events.entries()) await write(startMs + index * 1000, event)
  await recorder.close()
  return nameOfRun({ session, startMs })
}
