import { createServer } from 'node:http'
import { adminSchema, listenSchema, readConfig } from '../../../server/config.ts'
import { closeServer } from '../../../server/process/close-server.ts'
import { runServer } from '../../../server/process/run-server.ts'
import type { Drain } from '../../../server/process/server-definition.ts'

/** A server that logs each of its steps. `run-server.test.ts` starts it as a process; the environment says what goes wrong. */
const { FAULT: fault = 'none', STOP_LIMIT_MS = '3600000' } = process.env

const configSchema = {
  type: 'object',
  description: 'Configuration of the small server.',
  required: ['listen', 'admin'],
  properties: { listen: listenSchema, admin: adminSchema },
} as const

/** Without a wait: only the fault `none` keeps the drain of every server. */
const QUICK: Drain = { ready: fault === 'stays-ready', ms: 0 }
const never = (): Promise<void> => new Promise(() => {})

runServer({
  part: 'small',
  program: 'test/server/process/small-server.ts',
  readConfig: (file) => readConfig(file, configSchema),
  stopLimitMs: Number(STOP_LIMIT_MS),
  create: ({ config, log, fail }) => {
    const step = (name: string): void => {
      log.info(name)
      if (fault === name) throw new Error(`${name} is broken`)
    }
    step('create')
    const released = Promise.withResolvers<void>()
    const server = createServer(({ url }, response) => {
      response.end('served')
      if (url === '/throw')
        setImmediate(() => {
          throw new Error('thrown')
        })
      if (url === '/reject') void Promise.reject(new Error('rejected'))
      if (url === '/release') released.resolve()
    })
    return Promise.resolve({
      port: { server, listen: config.listen },
      checks: [{ name: 'own', ok: () => true }],
      recorder: {
        record: ({ event }) => Promise.resolve(log.info(event)),
        note: never,
        close: () => Promise.resolve(log.info('records.closed')),
      },
      start: async () => {
        step('start')
        if (fault === 'start-hangs') await never()
        if (fault === 'fails') fail('broken', new Error('it is broken'))
        const ready = await fetch(`http://127.0.0.1:${config.admin.port}/readyz`)
        log.info('ready-during-start', { code: ready.status })
      },
      ...(fault === 'none' ? {} : { drain: () => QUICK }),
      finish: [
        () => step('finish'),
        () => (fault === 'hangs' ? never() : undefined),
        () => (fault === 'waits' || fault === 'stays-ready' ? released.promise : undefined),
        () => closeServer(server),
      ],
      close: [() => step('close')],
      clients: [{ close: () => Promise.resolve(log.info('client.closed')) }],
    })
  },
})
