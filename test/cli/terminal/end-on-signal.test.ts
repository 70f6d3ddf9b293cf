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
