/** Replaces a known value. Contains no quote, backslash, space or control character, so it is valid inside any JSON string or log line. */
export const MASK_TEXT = '[jit.access/masked]'

/** The decoded form of every placeholder in a Secret begins with this. It has 18 bytes, so its base64 form is the same whatever follows. */
export const PLACEHOLDER_MARK = 'jit.access/masked:'

/** Occurs in both of the above and nowhere else. Writes are searched for it. */
export const MASK_STEM = 'jit.access/masked'
