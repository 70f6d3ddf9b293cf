/** The corpus of attacks known from elsewhere, by id. A test covers an id when its title begins with it; the other ids are listed as open. */
const NUMBERS: Readonly<Record<string, string>> = {
  A: '01 02 03 04 05 07 08 09 10 11 14 15 16 17',
  B: '01 02 04 05 07 08 09 10 11 12 15 16',
  C: '01 02 03 04 06 07 08 10 11 12 13 14 15 17',
  D: '01 02 03 04 05 07 09 11 12 13 14 15 16 18 19 20 21 22 23 24 25 26',
  E: '01 02 03 05 06 07 08 10 11 12 13 14 15 18 19 20 21',
  F: '01 02 04 05 06 07 08 09 10 11 12',
  G: '01 02 03 04 06 07 08 09 10 13 14',
  H: '01 02 03 04 06 08 09 10 11 12 13 16 17 19',
  I: '01 02 03 05 06 07 08 09 10',
  J: '01 02 04 06 07',
  K: '01 02 03 04 05',
}

export const CHAPTERS: Readonly<Record<string, string>> = {
  A: 'identity',
  B: 'headers and framing',
  C: 'path, query, verb',
  D: 'encodings and masking',
  E: 'streams',
  F: 'writes that turn into reads or power',
  G: 'webhook and aggregated API',
  H: 'approvals and grants',
  I: 'availability',
  J: 'audit and recording',
  K: 'around the gateway',
  X: 'beyond the corpus',
  O: 'oracles over many requests',
}

export const CORPUS: readonly string[] = Object.entries(NUMBERS).flatMap(([letter, numbers]) =>
  numbers.split(' ').map((number) => `${letter}${number}`),
)

/** The ids that a test's title begins with: `D22 D23 a watch …`. */
export function idsOf(title: string): readonly string[] {
  return /^(?:[A-KOX]\d{1,3} )+/.exec(title)?.[0].trim().split(' ') ?? []
}
