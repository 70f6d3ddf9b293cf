import type { Hold, HoldOutcome } from '../../gateway/ports.ts'

/** A hold whose waits end as `wait` does. */
export const holdThat = (wait: Hold['wait']): Hold => ({
  wait,
  ask: () => Promise.reject(new Error('nothing is only asked for here')),
  fileAgain: () => Promise.resolve('hold-again'),
  keepRefusal: () => {},
})

export const APPROVED: HoldOutcome = { phase: 'Approved', name: 'hold-1', request: undefined }
