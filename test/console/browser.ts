export { createBrowser, hiddenField, type Browser, type Form, type Page } from '../../hack/browser/plain-browser.ts'
