import { SamlRefused } from '../refused.ts'

/** What a document can be at most. `bytes` counts characters too: the decoded text is never longer than its bytes. */
export type XmlLimits = { readonly bytes: number; readonly depth: number; readonly elements: number; readonly attributes: number }

/** Holds an assertion with 600 groups, and the certificates of two signatures. */
export const MESSAGE_LIMITS: XmlLimits = { bytes: 256 * 1024, depth: 32, elements: 4000, attributes: 32 }

const NAME = '[A-Za-z_][A-Za-z0-9_.-]{0,127}(?::[A-Za-z_][A-Za-z0-9_.-]{0,127})?'
const ATTRIBUTE = `[ \\t\\n]+${NAME}[ \\t\\n]*=[ \\t\\n]*(?:"[^"<]*"|'[^'<]*')`
const DECLARATION = /^<\?xml version=["']1\.0["'](?: encoding=["'](?:UTF|utf)-8["'])?(?: standalone=["'](?:yes|no)["'])? ?\?>/
const OPEN = new RegExp(`<(${NAME})((?:${ATTRIBUTE}){0,64})[ \\t\\n]*(/?)>`, 'y')
const CLOSE = new RegExp(`</(${NAME})[ \\t\\n]*>`, 'y')
const TEXT = /[^<]+/y
const EACH_ATTRIBUTE = new RegExp(`(${NAME})[ \\t\\n]*=[ \\t\\n]*(?:"([^"<]*)"|'([^'<]*)')`, 'g')

/** Characters that XML 1.0 does not allow, and unpaired surrogates. */
const FORBIDDEN = /[^\t\n\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u
const REFERENCE = /&(?:(amp|lt|gt|quot|apos)|#(\d{1,7})|#x([0-9A-Fa-f]{1,6}))?(;?)/g

const malformed = (why: string): SamlRefused => new SamlRefused('Malformed', why)

/**
 * Refuses everything that two parsers of XML could read differently: DTDs, entities, comments, CDATA, processing instructions, odd names, an encoding
 * other than UTF-8. What is left is elements, attributes and text, well-formed and within the limits, so a parser reads it in one way only.
 * @returns the text with the line ends that XML prescribes
 * @throws SamlRefused Malformed
 */
export function checkGrammar(raw: string, limits: XmlLimits): string {
  if (raw.length > limits.bytes) throw malformed(`is larger than ${limits.bytes} bytes`)
  const text = raw.replaceAll('\r\n', '\n').replaceAll('\r', '\n')
  if (FORBIDDEN.test(text)) throw malformed('holds a character that XML does not allow')
  new Reader(text, limits).read(DECLARATION.exec(text)?.[0].length ?? 0)
  return text
}

class Reader {
  readonly #text: string
  readonly #limits: XmlLimits
  readonly #open: string[] = []
  #elements = 0
  #roots = 0

  constructor(text: string, limits: XmlLimits) {
    this.#text = text
    this.#limits = limits
  }

  read(from: number): void {
    for (let at = from; at < this.#text.length;) at += this.#element(at) ?? this.#end(at) ?? this.#characters(at)
    if (this.#roots !== 1 || this.#open.length > 0) throw malformed('is not complete')
  }

  /** The length of what begins at a place, if it is the start of an element. */
  #element(at: number): number | undefined {
    const [all, name = '', attributes = '', empty] = matchAt(OPEN, this.#text, at) ?? []
    if (all === undefined) return undefined
    if (++this.#elements > this.#limits.elements) throw malformed(`has more than ${this.#limits.elements} elements`)
    if (this.#open.length >= this.#limits.depth) throw malformed(`is nested deeper than ${this.#limits.depth}`)
    if (this.#open.length === 0 && ++this.#roots > 1) throw malformed('has more than one root')
    checkAttributes(attributes, this.#limits)
    if (empty !== '/') this.#open.push(name)
    return all.length
  }

  #end(at: number): number | undefined {
    const closed = matchAt(CLOSE, this.#text, at)
    if (closed !== undefined && this.#open.pop() !== closed[1]) throw malformed('closes an element that is not open')
    return closed?.[0].length
  }

  #characters(at: number): number {
    const characters = matchAt(TEXT, this.#text, at)?.[0]
    if (characters === undefined) throw malformed(`has markup other than elements at ${at}: no comment, CDATA, DTD or instruction is accepted`)
    checkCharacters(characters)
    // Not trim(): it takes a byte order mark for a blank.
    if (this.#open.length === 0 && /[^ \t\n]/.test(characters)) throw malformed('has text outside of its root')
    return characters.length
  }
}

function matchAt(expression: RegExp, text: string, at: number): RegExpExecArray | undefined {
  expression.lastIndex = at
  return expression.exec(text) ?? undefined
}

function checkCharacters(text: string): void {
  if (text.includes(']]>')) throw malformed('holds the end of a CDATA section')
  for (const [, predefined, decimal, hex, end] of text.matchAll(REFERENCE)) {
    const code = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number.parseInt(decimal, 10)
    const character = code === 13 || (code <= 0x10ffff && !FORBIDDEN.test(String.fromCodePoint(code)))
    if (end !== ';' || (predefined === undefined && !character)) throw malformed('holds a reference to an entity')
  }
}

function checkAttributes(text: string, limits: XmlLimits): void {
  const names = new Set<string>()
  for (const [, name = '', quoted, single = ''] of text.matchAll(EACH_ATTRIBUTE)) {
    checkValue(name, quoted ?? single)
    if (names.has(name)) throw malformed('has an attribute twice')
    names.add(name)
  }
  if (names.size > limits.attributes) throw malformed(`has more than ${limits.attributes} attributes on an element`)
}

function checkValue(name: string, value: string): void {
  checkCharacters(value)
  // Parsers normalize these in different ways.
  if (/[\t\n]/.test(value)) throw malformed('has a line end in an attribute')
  const odd = value.includes('&') || name === 'xmlns:xml' || name === 'xmlns:xmlns'
  if (odd && /^xmlns(?::|$)/.test(name)) throw malformed('declares an odd namespace')
}
