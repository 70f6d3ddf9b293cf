import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { jsonFields, link, readLine } from '../../../../domain/record/chain.ts'
import { formatWitness } from '../../../../domain/record/file-events.ts'
import { verify, type VerifyOptions } from '../../../../domain/record/verify/verify.ts'
import { folderOf, linesOf, recordsOf, textOf, type Files } from '../records.ts'

const whole = recordsOf(12, 5)
const names = Object.keys(whole)
const faults = async (files: Files, options: VerifyOptions = {}) => (await verify(folderOf(files), options)).faults
const lastHash = (files: Files): string => {
  const line = linesOf(files[Object.keys(files).sort().at(-1) ?? ''] ?? '').at(-1) ?? ''
  return readLine(Buffer.from(line, 'latin1'))?.hash ?? ''
}
const withLines = (file: string, change: (lines: string[]) => readonly string[]): Files => ({
  ...whole,
  [file]: textOf(change([...linesOf(whole[file] ?? '')])),
})
const anyFile = fc.constantFrom(...names)
const anyLine = anyFile.chain((file) => fc.nat({ max: linesOf(whole[file] ?? '').length - 1 }).map((line) => ({ file, line })))

describe('untouched records', () => {
  it('verify across files when read in small chunks', async () => expect((await verify(folderOf(whole))).faults).toEqual([]))
  it('verify while the last file is still being written', async () => expect(await faults(recordsOf(12, 5, false))).toEqual([]))
  it('verify with the hash of any of their lines', async () => {
    for (const line of linesOf(whole['f1.jsonl'] ?? '')) {
      const anchor = readLine(Buffer.from(line, 'latin1'))?.hash
      expect(await faults(whole, { lastHash: anchor })).toEqual([])
    }
  })
})

describe('verify finds, with its place,', () => {
  it('a changed byte in any line', async () => {
    await fc.assert(
      fc.asyncProperty(anyLine, fc.nat(), fc.integer({ min: 1, max: 255 }), async ({ file, line }, at, turn) => {
        const changed = withLines(file, (lines) => {
          const text = lines[line] ?? ''
          const place = at % text.length
          lines[line] = `${text.slice(0, place)}${String.fromCharCode(text.charCodeAt(place) ^ turn)}${text.slice(place + 1)}`
          return lines
        })
        const found = await faults(changed)
        expect(found.length).toBeGreaterThan(0)
        expect(found[0]).toMatchObject({ kind: 'changed', file, line: line + 1 })
      }),
      { numRuns: 300 },
    )
  })

  it('a changed field with a recomputed hash', async () => {
    const { createHash } = await import('node:crypto')
    const changed = withLines('f1.jsonl', (lines) => {
      const body = (lines[2] ?? '').replace(/,"hash":"[0-9a-f]{64}"\}$/, '}').replace('"code":200', '"code":403')
      lines[2] = `${body.slice(0, -1)},"hash":"${createHash('sha256').update(body, 'latin1').digest('hex')}"}`
      return lines
    })
    expect(await faults(changed)).toEqual([
      { kind: 'changed', file: 'f1.jsonl', line: 4, message: 'the line is not linked to the one before it: one of the two was replaced' },
    ])
  })

  it('any dropped line except the very last', async () => {
    await fc.assert(
      fc.asyncProperty(anyLine, async ({ file, line }) => {
        const last = linesOf(whole[file] ?? '').length - 1
        fc.pre(!(file === names.at(-1) && line === last))
        const found = await faults(withLines(file, (lines) => lines.toSpliced(line, 1)))
        expect(found.length).toBeGreaterThan(0)
        expect(found.every((fault) => fault.file === file)).toBe(true)
        expect(found[0]?.kind).toBe(line === last ? 'truncated' : 'missing')
      }),
      { numRuns: 60 },
    )
  })

  it('how many lines are missing, and which', async () => {
    expect(await faults(withLines('f0.jsonl', (lines) => lines.toSpliced(2, 3)))).toEqual([
      { kind: 'missing', file: 'f0.jsonl', line: 3, message: 'lines 3 to 5 of the chain are missing before this one' },
    ])
  })

  it('any two swapped lines of a file', async () => {
    await fc.assert(
      fc.asyncProperty(anyLine, fc.nat(), async ({ file, line }, other) => {
        const count = linesOf(whole[file] ?? '').length
        const place = other % count
        fc.pre(place !== line)
        const found = await faults(
          withLines(file, (lines) => {
            ;[lines[line], lines[place]] = [lines[place] ?? '', lines[line] ?? '']
            return lines
          }),
        )
        expect(found[0]).toMatchObject({ file, line: Math.min(line, place) + 1 })
      }),
      { numRuns: 100 },
    )
  })

  it('any line of the records inserted elsewhere', async () => {
    await fc.assert(
      fc.asyncProperty(anyLine, anyLine, async (from, to) => {
        const copy = linesOf(whole[from.file] ?? '')[from.line] ?? ''
        const found = await faults(withLines(to.file, (lines) => lines.toSpliced(to.line, 0, copy)))
        expect(found.length).toBeGreaterThan(0)
        expect(found[0]?.file).toBe(to.file)
      }),
      { numRuns: 100 },
    )
  })

  it('an invented event without a chain', async () => {
    const found = await faults(withLines('f1.jsonl', (lines) => lines.toSpliced(3, 0, '{"seq":11,"event":"request.outcome"}')))
    expect(found).toEqual([{ kind: 'changed', file: 'f1.jsonl', line: 4, message: 'the line is not as it was written' }])
  })

  it('a line after the closing line of a file', async () => {
    const stray = linesOf(whole['f1.jsonl'] ?? '')[0] ?? ''
    expect((await faults(withLines('f0.jsonl', (lines) => [...lines, stray])))[0]).toMatchObject({ kind: 'order', file: 'f0.jsonl', line: 8 })
  })

  it('a repeated key with a valid hash', async () => {
    const { createHash } = await import('node:crypto')
    const body = '{"seq":1,"seq":1,"time":"t","prev":"p","event":"e"}'
    const line = `${body.slice(0, -1)},"hash":"${createHash('sha256').update(body).digest('hex')}"}`
    expect(readLine(Buffer.from(line))).toBeUndefined()
  })

  it('a line that is not UTF-8', () => expect(readLine(Buffer.from([0xff, 0xfe, 0x7b]))).toBeUndefined())
})

describe('files', () => {
  it('before the last one that are cut anywhere are found', async () => {
    for (const file of ['f0.jsonl', 'f1.jsonl']) {
      const text = whole[file] ?? ''
      for (let bytes = 0; bytes < text.length; bytes += 41) {
        const found = await faults({ ...whole, [file]: text.slice(0, bytes) })
        expect(found.some((fault) => fault.file === file && fault.kind === 'truncated')).toBe(true)
      }
    }
  })

  it('that are removed are found, since other files name them', async () => {
    const { 'f1.jsonl': _, ...rest } = whole
    expect(await faults(rest)).toEqual([{ kind: 'absent', message: 'f1.jsonl is missing: f2.jsonl names it' }])
  })

  it('that include the last one are found when it is removed, since the closing line before names it', async () => {
    const { 'f2.jsonl': _, ...rest } = whole
    expect(await faults(rest)).toEqual([{ kind: 'absent', message: 'f2.jsonl is missing: f1.jsonl names it' }])
  })

  it('that retention removed are a note with earlierRemoved, and a fault without', async () => {
    const { 'f0.jsonl': _, ...rest } = whole
    expect(await verify(folderOf(rest), { earlierRemoved: true })).toMatchObject({
      faults: [],
      notes: ['f0.jsonl was removed, as you stated; the records begin at f1.jsonl'],
    })
    expect((await faults(rest)).map(({ kind }) => kind)).toEqual(['absent'])
  })

  it('removed from the middle are a fault even with earlierRemoved', async () => {
    const { 'f1.jsonl': _, ...rest } = whole
    expect((await faults(rest, { earlierRemoved: true })).map(({ kind }) => kind)).toEqual(['absent'])
  })

  it('that are renamed are found', async () => {
    const { 'f0.jsonl': text = '', ...rest } = whole
    const found = await faults({ ...rest, 'e0.jsonl': text })
    expect(found.map(({ kind, file }) => [kind, file])).toEqual([
      ['changed', 'e0.jsonl'],
      ['absent', undefined],
    ])
  })

  it('that are emptied are found', async () => expect((await faults({ ...whole, 'f2.jsonl': '' })).map(({ kind }) => kind)).toEqual(['missing']))

  it('without their opening line are found', async () => {
    const found = await faults({ 'f0.jsonl': textOf(linesOf(whole['f0.jsonl'] ?? '').slice(1)) })
    expect(found[0]).toMatchObject({ kind: 'missing', line: 1 })
  })
})

describe('the end of the newest file', () => {
  const cut = withLines('f2.jsonl', (lines) => lines.slice(0, -2))

  it('cut off after a line is not detected without a hash from elsewhere, as documented', async () => expect(await faults(cut)).toEqual([]))
  it('cut off after a line is detected with a hash from elsewhere', async () => {
    expect(await faults(cut, { lastHash: lastHash(whole) })).toEqual([
      { kind: 'anchor', message: 'no line has the hash that you gave: lines were cut off, or these are other records' },
    ])
  })
  it('in a forged folder is detected with a hash from elsewhere', async () => {
    expect((await faults(recordsOf(9, 4), { lastHash: lastHash(whole) })).map(({ kind }) => kind)).toEqual(['anchor'])
  })
  it('cut off inside a line is detected', async () => {
    const text = whole['f2.jsonl'] ?? ''
    expect(await faults({ ...whole, 'f2.jsonl': text.slice(0, -30) })).toMatchObject([{ kind: 'torn', file: 'f2.jsonl', line: 4 }])
  })
  it('torn by a killed writer is a note when the next file states it, and only for exactly these bytes', async () => {
    const first = recordsOf(3, 5, false)['f0.jsonl'] ?? ''
    const head = readLine(Buffer.from(linesOf(first).at(-1) ?? '', 'latin1'))
    const torn = '{"seq":5,"time":"2023'
    const witness = formatWitness({ file: 'f0.jsonl', seq: head?.seq ?? 0, hash: head?.hash ?? '', bytes: first.length, torn: torn.length })
    const opening = { event: 'file.opened', file: 'f1.jsonl', writer: 'host 2', continues: witness }
    const files = { 'f0.jsonl': first + torn, 'f1.jsonl': link(head ?? { seq: 0, hash: '' }, 0, jsonFields(opening)).line }
    const report = await verify(folderOf(files))
    expect(report.faults).toEqual([])
    expect(report.notes).toHaveLength(1)
    expect((await faults({ ...files, 'f0.jsonl': `${first}${torn}xx` })).map(({ kind }) => kind)).toEqual(['torn'])
  })
})
