import type { Dispatcher } from 'undici'
import { expect, it } from 'vitest'
import { IncomingBody } from '../../../gateway/forward/incoming-body.ts'

function start() {
  const told: string[] = []
  const controller = {
    pause: () => void told.push('pause'),
    resume: () => void told.push('resume'),
    abort: (error: Error) => void told.push(`abort: ${error.message}`),
  } as unknown as Dispatcher.DispatchController
  return { told, body: new IncomingBody(controller) }
}

const text = async (body: IncomingBody): Promise<string> => {
  const { value } = await body.next()
  return value === undefined ? 'over' : value.toString()
}
const push = (body: IncomingBody, ...parts: readonly string[]): void => parts.forEach((part) => body.push(Buffer.from(part)))

it('delivers the chunks of one turn together and in order', async () => {
  const { body } = start()
  const first = text(body)
  push(body, 'a', 'b')
  expect(await first).toBe('ab')
  push(body, 'c')
  push(body, 'd')
  expect(await text(body)).toBe('cd')
})

it('delivers a complete body without waiting for the end of the turn', async () => {
  const { body } = start()
  const order: string[] = []
  const first = text(body).then((found) => order.push(found))
  setImmediate(() => order.push('the next turn'))
  push(body, 'whole')
  body.end()
  await first
  await new Promise((resolve) => setImmediate(resolve))
  expect(order).toEqual(['whole', 'the next turn'])
  expect(await text(body)).toBe('over')
  expect(await text(body)).toBe('over')
})

it('pauses upstream while no reader comes, and resumes it afterwards', async () => {
  const { told, body } = start()
  for (let count = 0; count < 5; count++) body.push(Buffer.alloc(64 * 1024, 'x'))
  expect(told).toEqual(['pause', 'pause'])
  expect((await body.next()).value).toHaveLength(5 * 64 * 1024)
  expect(told).toEqual(['pause', 'pause', 'resume'])
})

it('pauses upstream again when resuming brings too much at once', async () => {
  let body: IncomingBody | undefined
  const told: string[] = []
  const big = (): void => body?.push(Buffer.alloc(256 * 1024))
  body = new IncomingBody({
    pause: () => void told.push('pause'),
    resume: () => {
      told.push('resume')
      if (told.length < 4) big()
    },
  } as unknown as Dispatcher.DispatchController)
  big()
  for (let count = 0; count < 2; count++) expect((await body.next()).value).toHaveLength(256 * 1024)
  expect(told).toEqual(['pause', 'resume', 'pause', 'resume'])
})

it('buffers little while a reader waits', async () => {
  const { told, body } = start()
  const order: string[] = []
  const first = body.next().then(() => order.push('read'))
  setImmediate(() => order.push('the next turn'))
  body.push(Buffer.alloc(64 * 1024))
  await first
  expect([order, told]).toEqual([['read'], []])
})

it('delivers everything received before an error', async () => {
  const { body } = start()
  push(body, 'a')
  body.fail(new Error('broke'))
  expect(await text(body)).toBe('a')
  await expect(body.next()).rejects.toThrow('broke')
  const waiting = start().body
  const reading = text(waiting)
  push(waiting, 'b')
  waiting.fail(new Error('broke'))
  expect(await reading).toBe('b')
  await expect(waiting.next()).rejects.toThrow('broke')
})

it('discards an unwanted body, and closes the connection only when destroyed', () => {
  const unread = start()
  unread.body.resume()
  push(unread.body, 'x')
  expect(unread.told).toEqual(['resume'])
  const unwanted = start()
  unwanted.body.destroy()
  expect(unwanted.told).toEqual(['abort: the answer is no longer wanted'])
  const over = start()
  over.body.end()
  over.body.destroy()
  expect(over.told).toEqual([])
})
