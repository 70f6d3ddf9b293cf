// @ts-check

/** Plays the recording of a terminal. Without this script the page has a transcript and a download. */
const place = document.querySelector('[data-cast]')
const player = /** @type {any} */ (globalThis).AsciinemaPlayer
if (place instanceof HTMLElement && player !== undefined) {
  const dark = matchMedia('(prefers-color-scheme: dark)').matches
  player.create(place.dataset['cast'], place, {
    fit: 'width',
    terminalFontSize: 'small',
    idleTimeLimit: 2,
    preload: true,
    poster: 'npt:0:0',
    // Always shown, so that who uses a keyboard finds the button.
    controls: true,
    // The light one is of console/html/sessions.css.
    theme: dark ? 'asciinema' : 'jit-light',
  })
}
