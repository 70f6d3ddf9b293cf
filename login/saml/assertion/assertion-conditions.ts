import { SamlRefused } from '../refused.ts'
import type { Element } from '../xml/dom.ts'
import { allowChildren, childrenNamed, instantOf, textOf } from '../xml/elements.ts'
import type { Expected } from './parties.ts'

/**
 * When and for whom an assertion may be used. The end and an audience are required, although SAML leaves them open. A condition that is not known
 * cannot be judged, so it refuses (core 2.5.1).
 * @throws SamlRefused Time or Audience
 */
export function checkConditions(conditions: Element, { meant, timing: { nowMs, skewMs } }: Expected): void {
  // OneTimeUse holds anyway: each assertion is accepted once. ProxyRestriction is for those that issue further assertions.
  allowChildren(conditions, ['assertion:AudienceRestriction', 'assertion:OneTimeUse', 'assertion:ProxyRestriction'])
  if (conditions.hasAttribute('NotBefore') && nowMs + skewMs < instantOf(conditions, 'NotBefore'))
    throw new SamlRefused('Time', 'the assertion is not valid yet')
  if (nowMs - skewMs >= instantOf(conditions, 'NotOnOrAfter')) throw new SamlRefused('Time', 'the assertion has expired')
  const restrictions = childrenNamed(conditions, 'assertion', 'AudienceRestriction')
  if (restrictions.length === 0) throw new SamlRefused('Audience', 'the assertion names no audience')
  for (const restriction of restrictions) {
    allowChildren(restriction, ['assertion:Audience'])
    // Each restriction must be met, by any of its audiences.
    const met = childrenNamed(restriction, 'assertion', 'Audience').some((audience) => meant.audiences.includes(textOf(audience)))
    if (!met) throw new SamlRefused('Audience', 'the assertion is for another audience')
  }
}
