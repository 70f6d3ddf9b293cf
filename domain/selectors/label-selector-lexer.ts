/** A token of a label selector. `bad` marks a character that the grammar does not allow. */
export type Token = { readonly kind: 'word' | '(' | ')' | ',' | '!' | '=' | '==' | '!=' | '>' | '<' | 'bad' | 'end'; readonly text: string }

const SYMBOLS: readonly Token['kind'][] = ['==', '!=', '(', ')', ',', '!', '=', '>', '<']

/** The Lexer of apimachinery/pkg/labels/selector.go. The longest symbol wins; white space separates words and is dropped. */
export function lexSelector(selector: string): readonly Token[] {
  const tokens: Token[] = []
  let rest = selector
  while (rest !== '') {
    const space = /^[ \t\r\n]+/.exec(rest)?.[0]
    const symbol = SYMBOLS.find((candidate) => rest.startsWith(candidate))
    const word = /^[^ \t\r\n=!(),><\0]+/.exec(rest)?.[0]
    if (space === undefined)
      tokens.push(
        symbol === undefined ? (word === undefined ? { kind: 'bad', text: '' } : { kind: 'word', text: word }) : { kind: symbol, text: symbol },
      )
    rest = rest.slice((space ?? symbol ?? word ?? rest).length)
  }
  return tokens
}
