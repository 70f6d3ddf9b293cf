import { openIn } from './open-in.ts'

/** Writes until the disk is full, retries, and reports. The test limits the file size. */
const store = await openIn(process.argv[3] === 'own' ? 'own' : 'caller', process.argv[2] ?? '', 0)
const value = { text: 'x'.repeat(20_000) }
let stored = 0
let refused = ''
for (let count = 0; count < 1000; count += 1) {
  try {
    await store.commit([{ resource: 'things', name: `n${count}`, expected: 0, value }])
    stored += 1
  } catch (error) {
    refused = error instanceof Error ? error.constructor.name : 'unknown'
    if (count > stored + 5) break
  }
}
process.stdout.write(`${JSON.stringify({ stored, refused, readable: (await store.list('things')).entries.length })}\n`)
await store.close()
