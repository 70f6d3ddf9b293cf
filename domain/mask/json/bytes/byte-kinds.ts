/** Classes of bytes outside strings. */
export const LITERAL = 0
export const SPACE = 1
export const QUOTE = 2
export const SEPARATOR = 3
export const OPEN = 4
export const CLOSE = 5
export const kinds = new Uint8Array(256)
for (const [kind, characters] of ['', ' \n\r\t', '"', ',:', '{[', '}]'].entries()) for (const byte of Buffer.from(characters)) kinds[byte] = kind
