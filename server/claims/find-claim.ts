import { isObject } from '../../domain/is-object.ts'
type Claims = { readonly [name: string]: unknown }

/** What a path that ends before its last name leads to: a claim that is not an object, so that nothing can be found in it. */
export const NO_OBJECT = Symbol('a claim on the path is not an object')

function walk(claims: unknown, names: readonly string[]): unknown {
  let at = claims
  for (const name of names) {
    if (at === undefined || at === null) return undefined
    if (!isObject(at)) return NO_OBJECT
    at = Object.hasOwn(at, name) ? at[name] : undefined
  }
  return at
}

/** RFC 6901: `~1` is a slash, `~0` a tilde. */
const ofPointer = (pointer: string): readonly string[] =>
  pointer
    .slice(1)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))

/**
 * Returns the claim that an issuer configuration names. Tries the exact claim name first (`groups`, `https://example.com/groups`). Otherwise a
 * name that begins with a slash is a JSON pointer (`/resource_access/my.client/roles`), any other a dotted path (`realm_access.roles`).
 * Returns undefined for what the token leaves out, and NO_OBJECT if a claim on the path is a text, a number or a list.
 */
export function findClaim(claims: object, name: string): unknown {
  if (Object.hasOwn(claims, name)) return (claims as Claims)[name]
  return name.startsWith('/') ? walk(claims, ofPointer(name)) : walk(claims, name.split('.'))
}
