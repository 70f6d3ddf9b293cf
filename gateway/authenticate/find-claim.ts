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
 * The claim that an issuer's configuration names: the claim of exactly that name (`groups`, `https://example.com/groups`), else, for a
 * name that begins with a slash, a JSON pointer (`/resource_access/my.client/roles`), else a path with dots (`realm_access.roles`).
 */
export function findClaim(claims: object, name: string): unknown {
  if (Object.hasOwn(claims, name)) return (claims as Claims)[name]
  return name.startsWith('/') ? walk(claims, ofPointer(name)) : walk(claims, name.split('.'))
}
