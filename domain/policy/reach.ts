/**
 * How a rule applies to a request. `exact`: the rule names the request. `implied`: a rule stricter than Allow does not name the request, but the
 * request shows or changes what the rule protects. An implied rule only makes the decision stricter: later rules are still evaluated, so that it
 * never loosens their decision or the default.
 */
export type Reach = 'none' | 'implied' | 'exact'
