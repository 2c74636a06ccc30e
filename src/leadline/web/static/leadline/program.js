/* The editor of a draft: form and text are two views of one file, which the server holds. What is typed goes
   there after a moment, one change at a time, and both views come back. Without it each part has its button. */
(function () {
  'use strict'
  const studio = document.getElementById('studio')
  if (!studio || studio.dataset.closed !== undefined) return
  const WAIT = 600 // ms after the last key
  const AGAIN = 3000
  const text = document.getElementById('text')
  const form = document.getElementById('form')
  const gutter = document.getElementById('gutter')
  const impact = document.getElementById('impact')
  const saved = document.getElementById('saved')
  const conflict = document.getElementById('conflict')
  const brief = document.getElementById('brief')
  const token = document.querySelector('[name=csrfmiddlewaretoken]').value
  let revision = studio.dataset.revision
  let wrong = new Set([...gutter.querySelectorAll('.wrong')].map((each) => Number(each.textContent)))
  document.documentElement.classList.add('scripted')

  // --- what waits to be sent: the text, or boxes of the form by the id of theirs --------------------------

  const waiting = [] // {key, make: () => FormData}
  const typed = new Map() // id of a box -> what stands in it, as long as the server has not seen it
  const timers = new Map()
  let busy = false

  const tell = (message, lost) => {
    saved.textContent = message
    saved.classList.toggle('lost', Boolean(lost))
  }
  const later = (key, make, now) => {
    clearTimeout(timers.get(key))
    const go = () => {
      timers.delete(key)
      const there = waiting.findIndex((each) => each.key === key)
      if (there >= 0) waiting.splice(there, 1)
      waiting.push({ key, make })
      send()
    }
    if (now) go()
    else timers.set(key, setTimeout(go, WAIT))
  }
  const ofForm = (id, verb) => () => {
    const each = document.getElementById(id)
    if (!each) return null
    const data = new FormData(each)
    data.set('verb', verb)
    each.querySelectorAll('[id^="f-"]').forEach((box) => typed.delete(box.id))
    return data
  }
  const ofText = () => {
    const data = new FormData()
    data.set('verb', 'text')
    data.set('text', text.value)
    return data
  }

  const send = async () => {
    if (busy || !waiting.length) return
    const next = waiting.shift()
    const data = next.make()
    if (!data) return send()
    data.set('revision', revision)
    const before = next.key === 'text' ? data.get('text') : null
    busy = true
    tell(studio.dataset.saving)
    try {
      const answer = await fetch(studio.dataset.change, {
        method: 'POST', body: data, redirect: 'manual',
        headers: { 'X-CSRFToken': token, 'X-Requested-With': 'fetch', Accept: 'application/json' },
      })
      const type = answer.headers.get('Content-Type') || ''
      if (!type.startsWith('application/json')) tell(studio.dataset.out, true)
      else show(await answer.json(), answer.status, before)
    } catch (_) {
      tell(studio.dataset.lost, true)
      if (!waiting.some((each) => each.key === next.key)) waiting.unshift({ key: next.key, make: () => data })
      busy = false
      setTimeout(send, AGAIN)
      return
    }
    busy = false
    send()
  }

  // --- what comes back ------------------------------------------------------------------------------------

  const show = (found, status, sent) => {
    revision = String(found.revision)
    if (status === 409) keep(sent)
    conflict.hidden = !found.said
    conflict.querySelector('p').textContent = found.said
    document.querySelectorAll('input[name=revision]').forEach((each) => { each.value = revision })
    swapForm(found.form)
    if (status === 409 || (found.text !== text.value && !timers.has('text') && status !== 422)) setText(found.text)
    document.getElementById('problems').innerHTML = found.problems
    const state = document.getElementById('state')
    const open = state.querySelector('details[open]')
    state.innerHTML = found.state
    if (open && state.querySelector('details')) state.querySelector('details').open = true
    wrong = new Set(found.wrong)
    number()
    document.getElementById('undo').disabled = !found.undo
    document.getElementById('redo').disabled = !found.redo
    document.getElementById('propose').disabled = !found.valid
    tell('✓')
    tryIt(found.valid)
  }
  const keep = (sent) => {
    const kept = document.getElementById('kept')
    const boxes = [...typed].map(([id, value]) => id.replace('f-', '') + ': ' + value).join('\n')
    kept.value = sent === null ? boxes : sent
    kept.hidden = !kept.value
    typed.clear()
    waiting.length = 0
  }
  const swapForm = (html) => {
    const open = new Set([...form.querySelectorAll('details[open]')].map((each) => each.id))
    const all = new Set([...form.querySelectorAll('.entries details')].map((each) => each.id))
    const active = form.contains(document.activeElement) ? document.activeElement : null
    const at = active && active.id
    const caret = active && 'selectionStart' in active && active.type !== 'checkbox' ? [active.selectionStart, active.selectionEnd] : null
    form.innerHTML = html
    form.querySelectorAll('.entries details').forEach((each) => {
      if (open.has(each.id) || (all.size && !all.has(each.id))) each.open = true
    })
    typed.forEach((value, id) => {
      const box = document.getElementById(id)
      if (!box) return
      if (box.type === 'checkbox') box.checked = value
      else box.value = value
    })
    const again = at && document.getElementById(at)
    if (!again) return
    again.focus({ preventScroll: true })
    if (caret && again.setSelectionRange) again.setSelectionRange(caret[0], caret[1])
  }
  const setText = (value) => {
    const { selectionStart, selectionEnd, scrollTop } = text
    text.value = value
    text.setSelectionRange(selectionStart, selectionEnd)
    text.scrollTop = scrollTop
  }

  // --- line numbers ---------------------------------------------------------------------------------------

  const number = () => {
    const count = text.value.split('\n').length
    const lines = document.createDocumentFragment()
    for (let n = 1; n <= count; n++) {
      const line = document.createElement('span')
      line.textContent = n
      if (wrong.has(n)) line.className = 'wrong'
      lines.append(line, '\n')
    }
    gutter.replaceChildren(lines)
    gutter.style.height = text.clientHeight + 'px'
    gutter.scrollTop = text.scrollTop
  }
  text.addEventListener('scroll', () => { gutter.scrollTop = text.scrollTop })
  new ResizeObserver(() => { gutter.style.height = text.clientHeight + 'px' }).observe(text)

  const goTo = (line, column) => {
    if (studio.dataset.view === 'form') look('text')
    const lines = text.value.split('\n')
    const before = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0)
    text.focus()
    text.setSelectionRange(before + column - 1, before + (lines[line - 1] || '').length)
    text.scrollTop = Math.max(0, (line - 6) * 20)
  }

  // --- what it would do -----------------------------------------------------------------------------------

  let asking = null
  let soon = null
  const tryIt = (valid) => {
    clearTimeout(soon)
    if (asking) asking.abort()
    impact.classList.toggle('stale', !valid)
    if (!valid) return
    soon = setTimeout(async () => {
      asking = new AbortController()
      impact.setAttribute('aria-busy', 'true')
      try {
        const answer = await fetch(studio.dataset.impact, {
          signal: asking.signal, redirect: 'manual', headers: { 'X-Requested-With': 'fetch' },
        })
        if (answer.ok) {
          impact.innerHTML = await answer.text()
          const result = impact.querySelector('.result')
          brief.textContent = result ? result.textContent : ''
          brief.hidden = !result
          if (window.htmx) window.htmx.process(impact)
          document.dispatchEvent(new CustomEvent('leadline:swapped', { detail: impact }))
        }
      } catch (_) { /* the next change asks again */ }
      impact.removeAttribute('aria-busy')
    }, 250)
  }

  // --- what people do -------------------------------------------------------------------------------------

  studio.addEventListener('input', (event) => {
    const box = event.target
    if (box === text) {
      number()
      return later('text', ofText)
    }
    const each = box.closest('form[data-live]')
    if (!each || !box.id.startsWith('f-')) return
    typed.set(box.id, box.type === 'checkbox' ? box.checked : box.value)
    later(each.id, ofForm(each.id, 'set'))
  })
  studio.addEventListener('change', (event) => {
    const each = event.target.closest('form[data-live]')
    if (each && timers.has(each.id)) later(each.id, ofForm(each.id, 'set'), true)
    if (event.target === text && timers.has('text')) later('text', ofText, true)
  })
  const flush = () => {
    [...timers.keys()].forEach((key) => later(key, key === 'text' ? ofText : ofForm(key, 'set'), true))
  }
  document.addEventListener('submit', (event) => {
    const each = event.target
    if (each.id === 'text-form') {
      event.preventDefault()
      return flush()
    }
    if (!each.matches('form[data-live]')) return
    event.preventDefault()
    flush()
    const verb = event.submitter ? event.submitter.value : 'set'
    const data = new FormData(each)
    data.set('verb', verb)
    waiting.push({ key: verb, make: () => data })
    send()
  })
  document.addEventListener('click', (event) => {
    const button = event.target.closest('button[data-line]')
    if (button) goTo(Number(button.dataset.line), Number(button.dataset.column))
  })
  window.addEventListener('beforeunload', (event) => {
    if (timers.size || waiting.length || busy) event.preventDefault()
  })

  // --- which view -----------------------------------------------------------------------------------------

  const tabs = [...studio.querySelectorAll('[role=tab]')]
  const look = (view) => {
    studio.dataset.view = view
    tabs.forEach((tab) => {
      const chosen = tab.dataset.view === view
      tab.setAttribute('aria-selected', String(chosen))
      tab.tabIndex = chosen ? 0 : -1
    })
    try { localStorage.setItem('leadline:view', view) } catch (_) { /* it is only a habit */ }
    number()
  }
  studio.querySelector('.views').hidden = false
  tabs.forEach((tab, n) => {
    tab.addEventListener('click', () => look(tab.dataset.view))
    tab.addEventListener('keydown', (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
      if (!step) return
      const next = tabs[(n + step + tabs.length) % tabs.length]
      next.focus()
      look(next.dataset.view)
    })
  })
  let view = 'form'
  try { view = localStorage.getItem('leadline:view') || view } catch (_) { /* as it comes */ }
  look(['form', 'text', 'both'].includes(view) ? view : 'form')
  tryIt(impact.dataset.waits !== undefined)
})()
