// @ts-check

/**
 * @typedef {{ startRegistration(given: { optionsJSON: object }): Promise<object>, startAuthentication(given: { optionsJSON: object }): Promise<object> }} WebAuthn
 */
const webauthn = /** @type {{ SimpleWebAuthnBrowser: WebAuthn }} */ (/** @type {unknown} */ (globalThis)).SimpleWebAuthnBrowser

/** What went wrong, by the name of the error that a browser gives. */
const WHY = new Map([
  ['NotAllowedError', 'The key was not used: it was cancelled, took too long, or this device has none of your keys.'],
  ['InvalidStateError', 'This authenticator has a key of yours already.'],
  ['SecurityError', 'This page is not at the address that the keys are for. Open the console at its own address.'],
])

/**
 * @param {unknown} error
 * @returns {string}
 */
function whyOf(error) {
  const name = error instanceof Error ? error.name : ''
  return WHY.get(name) ?? `The key could not be used (${name === '' ? 'unknown reason' : name}).`
}

/**
 * The response of the authenticator to the options of a form.
 * @param {HTMLFormElement} form
 * @returns {Promise<object>}
 */
function respond({ dataset }) {
  const given = { optionsJSON: /** @type {object} */ (JSON.parse(dataset['options'] ?? '{}')) }
  return dataset['passkey'] === 'create' ? webauthn.startRegistration(given) : webauthn.startAuthentication(given)
}

/**
 * Runs the ceremony of a form when it is submitted, and then submits it with the response.
 * @param {HTMLFormElement} form
 */
function enable(form) {
  const button = form.querySelector('button')
  const said = form.querySelector('[role=alert]')
  const response = form.querySelector('input[name=response]')
  if (button === null || !(said instanceof HTMLElement) || !(response instanceof HTMLInputElement)) return
  /** @param {unknown} error */
  const fail = (error) => {
    said.textContent = whyOf(error)
    said.hidden = false
    button.disabled = false
  }
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    button.disabled = true
    said.hidden = true
    respond(form)
      .then((made) => {
        response.value = JSON.stringify(made)
        // Not requestSubmit, which would come back here.
        form.submit()
      })
      .catch(fail)
  })
  button.disabled = false
}

for (const form of document.querySelectorAll('form[data-passkey]')) if (form instanceof HTMLFormElement) enable(form)
