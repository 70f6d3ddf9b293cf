import { openIn } from './open-in.ts'

/** Commits pairs of objects as fast as possible and prints how many were confirmed as durable. The test kills it. */
const store = await openIn(process.argv[3] === 'own' ? 'own' : 'caller', process.argv[2] ?? '', Date.now())
for (let count = 1; count < 100_000; count += 1) {
  const name = `n${String(count).padStart(6, '0')}`
  const version = await store.commit(['things', 'others'].map((resource) => ({ resource, name, expected: 0, value: { count } })))
  process.stdout.write(`${count} ${version}\n`)
}
