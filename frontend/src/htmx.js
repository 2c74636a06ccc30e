// Swaps parts of pages. It is configured in the <meta name="htmx-config"> of base.html.
import htmx from 'htmx.org'

window.htmx = htmx
