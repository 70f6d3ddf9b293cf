import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readCertificatesConfig } from '../../certificates/config.ts'

let dir: string
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'jit-certificates-'))
})
afterAll(() => rm(dir, { recursive: true, force: true }))

async function read(text: string) {
  const file = join(dir, 'config.yaml')
  await writeFile(file, text)
  return readCertificatesConfig(file)
}

test('omitted fields have the documented defaults', async () => {
  expect(await read('namespace: n\nauthoritySecret: a\ncertificates: []\n')).toEqual({
    namespace: 'n',
    authoritySecret: 'a',
    certificates: [],
    caDays: 730,
    servingDays: 90,
    renewBeforeDays: 30,
    apiServices: [],
    validatingWebhookConfigurations: [],
  })
})

test.each([
  ['an unknown field', 'namespace: n\nauthoritySecret: a\ncertificates: []\nvalidFor: 3\n', /additional properties/],
  ['a missing field', 'namespace: n\ncertificates: []\n', /authoritySecret/],
  ['a certificate without a name', 'namespace: n\nauthoritySecret: a\ncertificates: [{secret: s, names: []}]\n', /names/],
  ['a renewal that comes too late', 'namespace: n\nauthoritySecret: a\ncertificates: []\nservingDays: 20\n', /renewBeforeDays < servingDays/],
])('%s is refused', async (_, text, problem) => {
  await expect(read(text)).rejects.toThrow(problem)
})
