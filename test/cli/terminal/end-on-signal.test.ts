import { EventEmitter } from 'node:events'
import { expect, it } from 'vitest'
import { endOnSignal } from '../../../cli/terminal/end-on-signal.ts'

it.each<readonly [NodeJS.Signals, number]>([
  ['SIGHUP', 129],
  ['SIGINT', 130],
  ['SIGTERM', 143],
])('%s exits with %i, as in a shell', (signal, code) => {
  const codes: number[] = []
  const fake = Object.assign(new EventEmitter(), { exit: (given: number) => void codes.push(given) })
  endOnSignal(fake as unknown as NodeJS.Process)
  fake.emit(signal)
  expect(codes).toEqual([code])
})

it('Ctrl-C is handled once where a command waits for it, and ends the process the next time', () => {
  const codes: number[] = []
  const fake = Object.assign(new EventEmitter(), { exit: (given: number) => void codes.push(given) })
  const onInterrupt = endOnSignal(fake as unknown as NodeJS.Process)
  let handled = 0
  const undo = onInterrupt(() => (handled += 1))
  fake.emit('SIGINT')
  expect([handled, codes]).toEqual([1, []])
  fake.emit('SIGINT')
  expect([handled, codes]).toEqual([1, [130]])
  undo()
  const undoNext = onInterrupt(() => (handled += 1))
  undoNext()
  fake.emit('SIGINT')
  expect([handled, codes]).toEqual([1, [130, 130]])
})
