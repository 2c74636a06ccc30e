// What a form's page does beyond HTML: everything works without it.
(() => {
  'use strict'
  const body = document.body
  const origins = JSON.parse(body.dataset.origins || '[]')
  let form = document.getElementById('form')
  let host = ''            // the page around a frame, once it has said who it is
  let sent = false
  let kept = ''            // the partial answers that were sent last
  let touched = false
  let timer = 0

  // --- what stands in a form that is not sent -----------------------------------------------------------

  function partial() {
    const answers = new URLSearchParams()
    const filled = new Set()
    for (const field of form.elements) {
      const chosen = !/^(checkbox|radio)$/.test(field.type) || field.checked
      if (!field.name || field.name.startsWith('ll_') || field.type === 'hidden' || !chosen || !field.value.trim()) continue
      filled.add(field.name)
      if (field.hasAttribute('data-partial')) answers.set(field.name, field.value)
    }
    if (filled.size) answers.set('ll_filled', [...filled].join(','))
    return answers
  }

  function keep() {
    clearTimeout(timer)
    if (!form || !form.dataset.partial || sent || !touched) return
    const answers = partial()
    const now = answers.toString()
    if (!now || now === kept) return
    kept = now
    for (const name of ['ll_token', 'll_page', 'll_referrer']) answers.set(name, form.elements[name].value)
    try { navigator.sendBeacon(form.dataset.partial, answers) } catch (_) {}
  }

  // --- sending once -------------------------------------------------------------------------------------

  function watch() {
    if (!form) return
    form.addEventListener('input', () => { touched = true })
    form.addEventListener('change', () => {
      touched = true
      clearTimeout(timer)
      timer = setTimeout(keep, 5000)
    })
    form.addEventListener('submit', (event) => {
      if (sent) event.preventDefault()
      sent = true
      clearTimeout(timer)
    })
  }
  watch()
  addEventListener('pageshow', () => { sent = false })   // back from the answer: it may be corrected
  addEventListener('pagehide', keep)
  document.addEventListener('visibilitychange', () => { if (document.visibilityState === 'hidden') keep() })

  const notice = document.getElementById('notice')
  if (notice) notice.focus()

  // --- in a frame ---------------------------------------------------------------------------------------

  const main = document.querySelector('main')
  const tell = (said) => { if (host) parent.postMessage(said, host) }
  const height = () => tell({ leadline: 'height', height: Math.ceil(main.getBoundingClientRect().height) + 2 })

  async function ask(hello) {
    form.elements.ll_page.value = form.elements.ll_page.value || String(hello.page || '')
    form.elements.ll_referrer.value = form.elements.ll_referrer.value || String(hello.referrer || '')
    const anew = new URLSearchParams(location.search).has('anew')
    if (!hello.visitor || !form.dataset.visitor || touched || anew) return
    const said = new URLSearchParams({ ll_anon: String(hello.visitor) })
    for (const name of ['ll_page', 'll_referrer']) said.set(name, form.elements[name].value)
    const answer = await fetch(form.dataset.visitor, { method: 'POST', body: said })
    if (!answer.ok || touched) return
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html')
    const asked = page.getElementById('form')
    if (!asked || touched) return
    main.replaceChildren(...page.querySelector('main').childNodes)
    form = asked
    watch()
  }

  addEventListener('message', (event) => {
    const hello = event.data
    if (event.source !== parent || parent === window || !origins.includes(event.origin)) return
    if (!hello || hello.leadline !== 'hello' || host) return
    host = event.origin
    new ResizeObserver(height).observe(main)
    height()
    if (form) ask(hello).catch(() => {})
    else if (body.dataset.sent !== undefined) tell({ leadline: 'sent', onward: body.dataset.onward || '' })
  })
})()
