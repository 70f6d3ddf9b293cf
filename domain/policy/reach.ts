/**
 * How a rule is about a request. `exact`: by what the rule names. `implied`: a rule that is stricter than Allow does not name the request,
 * and the request shows or changes what the rule is about all the same. Such a rule only makes the decision stricter; the rules after it
 * are still asked, so that it never loosens what one of them, or the default, says.
 */
export type Reach = 'none' | 'implied' | 'exact'
