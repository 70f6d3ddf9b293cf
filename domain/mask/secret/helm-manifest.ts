/**
 * The rendered YAML of a Helm release: values of Secrets in it are masked by structure, line by line, since a release may hold
 * values that no live Secret has. A Secret that is not written the way Helm charts write them loses its whole document.
 */
import { MASK_TEXT } from './mask-text.ts'

const SECRET = /^kind:\s*["']?Secret["']?\s*(#.*)?$/m
const NESTED_SECRET = /["']?kind["']?\s*:\s*["']?Secret\b/
const FIELD = /^(data|stringData):(.*)$/
const ENTRY = /^(\s+)(["']?[\w.-]+["']?):(\s|$)/
const WITHHELD = `# a Secret is withheld ${MASK_TEXT}`
const MASKED = { data: Buffer.from(MASK_TEXT).toString('base64'), stringData: `"${MASK_TEXT}"` }

export function maskManifest(text: string): string {
  return text
    .split(/^(?=---)/m)
    .map((document) => (NESTED_SECRET.test(document) ? maskDocument(document) : document))
    .join('')
}

function maskDocument(document: string): string {
  const lines = document.split('\n')
  if (!SECRET.test(document) || lines.some((line) => /^\s*[{[]/.test(line))) return `---\n${WITHHELD}\n`
  const block: Block = { field: undefined, indent: undefined }
  return lines.flatMap((line) => maskLine(line, block) ?? []).join('\n')
}

/** Where in a document: below `data` or `stringData`, whose keys have this indent. */
type Block = { field: 'data' | 'stringData' | undefined; indent: string | undefined }

/** A line as it may leave; undefined drops it, as the rest of a value of several lines. */
function maskLine(line: string, block: Block): string | undefined {
  if (/^[^\s#]/.test(line)) return beginField(line, block)
  if (block.field === undefined || line === '') return line
  const entry = ENTRY.exec(line)
  block.indent ??= entry?.[1]
  return entry !== null && entry[1] === block.indent ? `${entry[1]}${entry[2]}: ${MASKED[block.field]}` : undefined
}

function beginField(line: string, block: Block): string {
  const begun = FIELD.exec(line)
  block.field = begun?.[1] as Block['field']
  block.indent = undefined
  return begun === null || begun[2]?.trim() === '' ? line : `${begun[1]}: {} ${WITHHELD}`
}
