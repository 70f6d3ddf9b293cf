export { createBrowser, hiddenField, type Browser, type Form } from '../../hack/browser/plain-browser.ts'
