export { Html, html, type Value } from '../../server/html/html.ts'
