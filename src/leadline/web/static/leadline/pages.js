/* What pages do by themselves: parts that refresh, texts that are copied. Without it everything still works. */
(function () {
  'use strict'
  const words = JSON.parse((document.getElementById('words') || {}).textContent || '{}')
  const EVERY = 2000
  const SLOWEST = 30000

  // --- <section data-refresh="/address"> is fetched anew every two seconds while somebody looks ------------

  const refresh = (part) => {
    const button = document.querySelector('[data-pauses="' + part.id + '"]')
    const light = document.querySelector('[data-tells="' + part.id + '"]')
    const live = (light && light.dataset.word) || words.live
    let wait = EVERY
    let paused = false
    let timer = null
    let shown = null

    const tell = (text, stopped) => {
      if (!light) return
      light.textContent = text
      light.classList.toggle('stopped', stopped)
    }
    const later = () => {
      clearTimeout(timer)
      if (!paused && !document.hidden && part.dataset.refresh) timer = setTimeout(look, wait)
    }
    const end = (text) => {
      part.dataset.refresh = ''
      if (button) button.hidden = true
      tell(text, true)
    }
    const look = async () => {
      if (!part.dataset.refresh || paused) return
      try {
        const answer = await fetch(part.dataset.refresh, { headers: { 'X-Requested-With': 'fetch' }, redirect: 'manual' })
        if (answer.type === 'opaqueredirect' || answer.status === 403) return end(words.signedOut)
        if (!answer.ok) throw new Error(answer.status)
        show(await answer.text())
        wait = EVERY
        if (answer.headers.get('X-Refresh') === 'no') return end('')
        tell(live, false)
      } catch (_) {
        wait = Math.min(wait * 2, SLOWEST)
        tell(words.offline, true)
      }
      later()
    }
    const show = (text) => {
      if (text === shown || paused) return
      shown = text
      const open = new Set([...part.querySelectorAll('details[open]')].map((each) => each.id))
      const focused = part.contains(document.activeElement) ? document.activeElement.closest('[id]') : null
      const inSummary = focused && document.activeElement.tagName === 'SUMMARY'
      part.replaceChildren(...new DOMParser().parseFromString(text, 'text/html').body.childNodes)
      part.querySelectorAll('details').forEach((each) => { each.open = open.has(each.id) })
      const again = focused && document.getElementById(focused.id)
      if (again) (inSummary ? again.querySelector('summary') : again).focus({ preventScroll: true })
    }

    if (button) {
      button.hidden = false
      button.addEventListener('click', () => {
        paused = !paused
        button.textContent = paused ? words.resume : words.pause
        tell(paused ? words.paused : live, paused)
        if (paused) clearTimeout(timer)
        else look()
      })
    }
    document.addEventListener('visibilitychange', () => { if (!document.hidden) look(); else clearTimeout(timer) })
    tell(live, false)
    later()
  }
  document.querySelectorAll('[data-refresh]').forEach(refresh)

  // --- <button data-copies="id"> ---------------------------------------------------------------------------

  document.querySelectorAll('[data-copies]').forEach((button) => {
    if (!navigator.clipboard) return
    button.hidden = false
    button.addEventListener('click', async () => {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copies).textContent)
      const before = button.textContent
      button.textContent = words.copied
      setTimeout(() => { button.textContent = before }, 1500)
    })
  })

  // --- charts: drawn by a module of their own, which only pages with a chart load ----------------------------

  const draw = async (root) => {
    if (!root.querySelector('figure.chart')) return
    try {
      (await import(document.body.dataset.charts)).draw(root)
    } catch (_) { // not bundled: the numbers are there
      root.querySelectorAll('figure.chart details').forEach((each) => { each.open = true })
    }
  }
  draw(document)
  document.addEventListener('htmx:load', (event) => draw(event.detail.elt.parentElement || document))
})()
