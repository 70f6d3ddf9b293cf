import { expect, it } from 'vitest'
import { createMasker } from '../../../domain/mask/masker.ts'
import { base64, masked, nothingKnown, place, placeholders, searching, shownFor } from './mask-fixtures.ts'

const answer = (owner: string) =>
  JSON.stringify({
    kind: 'Secret',
    metadata: {
      name: 'db',
      namespace: 'shop',
      managedFields: [
        { manager: owner, fieldsV1: { 'f:data': { 'f:password': {} } } },
        { manager: 'b', more: [[1, 'x"'], null] },
      ],
      labels: { a: 'b' },
    },
    data: { password: base64('hunter2hunter2'), other: base64('x') },
  })

it('the response to a write does not reveal whether it changed a value', () => {
  for (const cuts of [[1], [3], [1000]]) {
    const out = masked('secret', answer('guesser'), { echo: true, cuts }).toString()
    expect(out).toBe(masked('secret', answer('owner'), { echo: true }).toString())
    expect(JSON.parse(out)).toMatchObject({ metadata: { managedFields: [], labels: { a: 'b' } } })
  }
  expect(masked('secret', answer('owner')).toString()).toContain('"manager":"owner"')
})

it('shows keys that the write did not choose as a read does, so a diff of the two is empty', () => {
  const out = masked('secret', answer('owner'), { echo: true, chosen: ['other'], cuts: [5] }).toString()
  expect(JSON.parse(out)).toMatchObject({ data: { password: shownFor('password', 'hunter2hunter2'), other: placeholders.unvarying(place('other')) } })
})

it('does not reuse search results after the chunk memory is overwritten', () => {
  const masker = createMasker('json', { known: searching('correct horse battery'), placeholders })
  const memory = Buffer.from(`["${'x'.repeat(21)}",`)
  let out = masker.push(memory).toString()
  memory.write(`,["correct horse battery"],`.slice(1, memory.length + 1))
  expect(memory.length).toBe(25)
  out += masker.push(memory).toString()
  expect(out).not.toContain('correct horse battery')
})

it('passes text that is not masked without copying it', () => {
  const masker = createMasker('json', { known: nothingKnown, placeholders })
  const chunk = Buffer.from(`${'['.repeat(900)}"`)
  expect(masker.push(chunk).buffer).toBe(chunk.buffer)
  const more = Buffer.alloc(1 << 20, 'x')
  for (let round = 0; round < 50; round++) expect(masker.push(more)).toHaveLength(1 << 20)
})
