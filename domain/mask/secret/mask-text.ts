/** What stands where a known value stood. No quote, backslash, space or control character: valid inside any JSON string or log line. */
export const MASK_TEXT = '[jit.access/masked]'

/** Begins the decoded form of every placeholder in a Secret. 18 bytes, so its base64 form begins alike whatever follows. */
export const PLACEHOLDER_MARK = 'jit.access/masked:'

/** Stands in both of the above and nowhere else: what a write is searched for. */
export const MASK_STEM = 'jit.access/masked'
