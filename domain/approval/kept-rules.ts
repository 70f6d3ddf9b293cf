import type { AccessRule } from '../api/rules.ts'

/** The fields of a rule whose words an approver can choose. */
export const CHOSEN_FIELDS = ['verbs', 'resources', 'namespaces', 'resourceNames'] as const
export type ChosenField = (typeof CHOSEN_FIELDS)[number]

/** What can be chosen: words of each field, of all rules together. A field whose rules name one word, or none, offers no choice. */
export type Choices = { readonly [field in ChosenField]: readonly string[] }

/** What an approver keeps: rules by their index, and words of the fields that offered a choice. */
export type Kept = { readonly rules: ReadonlySet<number> } & { readonly [field in ChosenField]: ReadonlySet<string> }

function wordsOf(rules: readonly AccessRule[], field: ChosenField): readonly string[] {
  const words = [...new Set(rules.flatMap((rule) => rule[field] ?? []))]
  return words.length > 1 ? words : []
}

export const choicesIn = (rules: readonly AccessRule[]): Choices => ({
  verbs: wordsOf(rules, 'verbs'),
  resources: wordsOf(rules, 'resources'),
  namespaces: wordsOf(rules, 'namespaces'),
  resourceNames: wordsOf(rules, 'resourceNames'),
})

/** One rule without the words that are not kept. Undefined when nothing of it is left. */
function keptRule(rule: AccessRule, choices: Choices, kept: Kept): AccessRule | undefined {
  const left: { [field in ChosenField]?: readonly string[] } = {}
  for (const field of CHOSEN_FIELDS) {
    const asked = rule[field]
    // An absent field stays absent: it has no words, and means every name or no namespace.
    if (asked === undefined || choices[field].length === 0) continue
    const words = asked.filter((word) => kept[field].has(word))
    if (words.length === 0) return undefined
    left[field] = words
  }
  return { ...rule, ...left }
}

/**
 * The rules that an approver keeps, each a subset of its rule. What was offered and is not kept is gone, so nothing kept gives an empty list, which no
 * server accepts as an approval.
 */
export function keptRules(rules: readonly AccessRule[], kept: Kept): readonly AccessRule[] {
  const choices = choicesIn(rules)
  const chosen = rules.length > 1 ? rules.filter((_, index) => kept.rules.has(index)) : rules
  return chosen.map((rule) => keptRule(rule, choices, kept)).filter((rule) => rule !== undefined)
}
