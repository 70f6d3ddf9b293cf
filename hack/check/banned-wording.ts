/** A wording that readers stumble over, and what to write instead. */
export type BannedWording = { readonly pattern: RegExp; readonly instead: string }

/** Relapses into wordings that the project once had. The list is short on purpose: it holds what is never right, not what is seldom right. */
export const BANNED_WORDING: readonly BannedWording[] = [
  { pattern: /\bleft out: /i, instead: '"Optional. Defaults to …"' },
  { pattern: /\bwhoever\b/i, instead: '"a client that …", "the user who …"' },
  { pattern: /\bmend(?:s|ed|ing)?\b/i, instead: '"fix"' },
  { pattern: /\bat the most\b/i, instead: '"at most"' },
  { pattern: /\bfor ever\b/i, instead: '"forever"' },
  { pattern: /\bamid\b/i, instead: '"during", "in the middle of"' },
  { pattern: /\b(?:is|are|was|were|be) told (?:of|by|that|when|why)\b/i, instead: '"receives", "is notified of", "reports"' },
  { pattern: /\b(?:is|means|as) a (?:yes|no)\b(?![- ])/i, instead: '"allows", "refuses"' },
  {
    // "there is no …" is right, also after a name that ends with "there" or in a question.
    pattern: /(?<!\bthere )\b(?:is|are|was|were) no (?!longer\b|more\b|less\b|other\b|such\b|stricter\b|wider\b|later\b|one\b)/i,
    instead: '"is not a …"',
  },
  { pattern: /\banew\b/i, instead: '"again", "another …"' },
  { pattern: /\bwhat no request waits for\b/i, instead: '"in the background"' },
  { pattern: /\bsigns? (?:in )?nobody\b/i, instead: '"is refused", "does not sign in anybody"' },
  { pattern: /\bto go on (?:waiting|reading|with)\b/i, instead: '"to continue …"' },
]
