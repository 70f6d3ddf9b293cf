/**
 * Whether a text looks like the content of a structural position: a name, a field path, an image, a time, an address. Text with other
 * characters (`p@ss w0rd!`, base64 with `+` and `=`, a URL with a password) is masked there too. NOT detected: a secret of only letters and
 * digits under a structural name.
 */

/** Names of DNS, RBAC and environment variables, groups with a slash, versions, `spec.containers{web}`. */
const NAME = /^[\w.:*-][\w.:/*[\]{}-]{0,252}$/
/** `registry:5000/team/app:v1@sha256:…`, `containerd://…`, `docker-pullable://…`: `@` is allowed only before a digest, not after a user. */
const IMAGE = /^(?:[a-z][a-z-]{0,30}:\/\/)?[\w.-][\w.:/-]{0,510}(?:@sha(?:256|512):[0-9a-f]{32,128})?$/
const HASH = /^[A-Za-z0-9+/]{11}=$/
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/
const ADDRESS = /^(?:\d{1,3}(?:\.\d{1,3}){3}(?:\/\d{1,2})?|(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}(?:\/\d{1,3})?)$/
/** A Table cell may contain several: `app=web,tier=front`, `web:1,sidecar:2`, `3 pods`. */
const LIST = /^[\w.:*=!@-][\w.:/*[\]{}=!@, ()-]{0,1023}$/
/** Excludes a second colon, so that matching any text takes linear time. */
const USERINFO = /:[^/:]*@(?!sha(?:256|512):)/

/** Longer texts do not count as a reference. */
export const MAX_REFERENCE = 1024

export function looksLikeName(text: string): boolean {
  return NAME.test(text) || IMAGE.test(text) || HASH.test(text)
}

/** In any field: a time or an address is not a secret. */
export function tellsNothing(text: string): boolean {
  return TIME.test(text) || ADDRESS.test(text)
}

export function looksLikeCell(text: string): boolean {
  return text.length <= MAX_REFERENCE && LIST.test(text) && !USERINFO.test(text)
}
