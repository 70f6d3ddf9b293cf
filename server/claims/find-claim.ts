import { isObject } from '../../domain/is-object.ts'
type Claims = { readonly [name: string]: unknown }

function walk(claims: unknown, names: readonly string[]): unknown {
  let at = claims
  for (const name of names) {
    if (!isObject(at) || !Object.hasOwn(at, name)) return undefined
    at = at[name]
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
 */
export function findClaim(claims: object, name: string): unknown {
  if (Object.hasOwn(claims, name)) return (claims as Claims)[name]
  return name.startsWith('/') ? walk(claims, ofPointer(name)) : walk(claims, name.split('.'))
}
