// Everything works without this file; with it the character count and the error summary's focus come alive.
import { initAll } from './govuk/govuk-frontend.min.js'

initAll()
