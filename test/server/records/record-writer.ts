import { openRecorder } from '../../../server/records/recorder.ts'

/** Records events as fast as possible, eight at a time, and prints those that were reported as durable. Its test kills it. */
const [dir = '', name = 'w', maxBytes = '20000'] = process.argv.slice(2)
const recorder = await openRecorder({
  dir,
  clock: { nowMs: () => Date.now() },
  maxBytes: Number(maxBytes),
  onError: (error) => void process.stderr.write(`${String(error)}\n`),
})
process.stdout.write('open\n')
for (let count = 0; count < 1_000_000; count += 8) {
  await Promise.all(
    Array.from({ length: 8 }, async (_, index) => {
      const auditID = `${name}-${count + index}`
      await recorder.record({ event: 'request.outcome', auditID, session: name, ended: 'completed', code: 200, durationMs: 1 })
      process.stdout.write(`${auditID}\n`)
    }),
  )
}
