// @ts-check

/**
 * The one policy of Trusted Types that the console allows: markup that the console's own server rendered and escaped. Browsers without Trusted Types
 * take the text itself.
 * @type {{ createHTML(markup: string): string }}
 */
const rendered = /** @type {any} */ (globalThis).trustedTypes?.createPolicy('jit-access', {
  createHTML: (/** @type {string} */ markup) => markup,
}) ?? {
  createHTML: (/** @type {string} */ markup) => markup,
}

/**
 * Replaces what an element holds by markup of the console's server. An element that had the focus has it again, if it is still there.
 * @param {Element} element
 * @param {string} markup
 */
export function replaceContent(element, markup) {
  const { activeElement } = document
  const focused = activeElement !== null && element.contains(activeElement) ? activeElement.getAttribute('href') : null
  element.innerHTML = rendered.createHTML(markup)
  if (focused === null) return
  for (const link of element.querySelectorAll('a')) if (link.getAttribute('href') === focused) link.focus({ preventScroll: true })
}
