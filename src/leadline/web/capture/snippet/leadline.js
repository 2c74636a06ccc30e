/* Leadline: which visits, clicks and forms a lead came by. How to use it: docs/how-to/snippet.md */
(function () {
  'use strict'
  const VERSION = '1'
  const MAX_QUEUED = 100
  const MAX_BODY = 50000 // a browser sends 64 KiB at most while a page closes
  const MAX_AGE = 7 * 864e5
  const PAUSE = 250
  const SENSITIVE = /pass|pwd|card|cvv|cvc|ccnum|iban|ssn|security|token|otp|\bpin\b/i

  // Nothing that goes wrong in here may reach the page.
  const safely = (work) => function () {
    try { return work.apply(this, arguments) } catch (error) { warn(error) }
  }
  const warn = (what) => { try { console.warn('leadline:', what) } catch (_) {} }
  const on = (target, names, work) =>
    names.split(' ').forEach((name) => target.addEventListener(name, safely(work), { capture: true, passive: true }))

  const script = document.currentScript || document.querySelector('script[data-key][src*="leadline.js"]')
  if (window.leadline && window.leadline.version) return
  if (!script || !script.dataset.key) return warn('the script needs data-key="..." with the write key of a source')

  const key = script.dataset.key
  const host = (script.dataset.host || script.src.replace(/\/leadline\.js.*$/, '')).replace(/\/$/, '')
  const needs = script.dataset.consent || ''
  const auto = script.dataset.auto === undefined ? 'page outbound form' : script.dataset.auto
  const gpc = navigator.globalPrivacyControl === true
  const QUEUE = 'leadline.m.' + key + '.'

  // --- what is kept in the browser: only with consent, in memory where storage is blocked ---------------

  const memory = {}
  const read = (name) => {
    if (name in memory) return memory[name]
    try { return localStorage.getItem(name) } catch (_) { return null }
  }
  const write = (name, value, always) => {
    if (always || (allowed() && !gpc)) {
      try {
        delete memory[name]
        if (value === null) localStorage.removeItem(name)
        else localStorage.setItem(name, value)
        return
      } catch (_) {}
    }
    memory[name] = value
  }

  const uuid = () => {
    const random = window.crypto && crypto.getRandomValues
      ? () => crypto.getRandomValues(new Uint8Array(1))[0]
      : () => Math.random() * 256
    return '10000000-1000-4000-8000-100000000000'.replace(/[018]/g, (c) =>
      (c ^ (random() & (15 >> (c / 4)))).toString(16))
  }
  const visitor = () => { // embedded forms read it under this name, too
    let id = read('leadline.anon')
    if (!id) write('leadline.anon', id = uuid())
    return id
  }
  const user = () => read('leadline.user') || undefined

  // --- consent -------------------------------------------------------------------------------------------

  let preferences = null
  try { preferences = JSON.parse(read('leadline.consent')) } catch (_) {}
  let held = []
  const allowed = () => !needs || !!(preferences && preferences[needs] === true)

  function consent(given) {
    preferences = given
    write('leadline.consent', JSON.stringify(given), true)
    if (allowed()) {
      ['leadline.anon', 'leadline.user'].forEach((name) => name in memory && write(name, memory[name]))
      held.splice(0).forEach((message) => queue({ ...message, context: { ...message.context, ...agreed() } }))
    } else if (needs) {
      held = []
      forget()
    }
  }
  const agreed = () => preferences ? { consent: { categoryPreferences: preferences } } : {}

  function forget() {
    Object.keys(waiting).forEach(drop)
    stored().forEach((name) => write(name, null, true))
    ;['leadline.anon', 'leadline.user'].forEach((name) => { write(name, null, true); delete memory[name] })
  }

  // --- the queue: one entry a message, so that two tabs never overwrite each other -----------------------

  const waiting = {}
  const flying = {}
  let timer = 0
  let tries = 0

  const stored = () => {
    try { return Object.keys(localStorage).filter((name) => name.startsWith(QUEUE)) } catch (_) { return [] }
  }
  const drop = (id) => {
    delete waiting[id]
    delete flying[id]
    write(QUEUE + id, null, true)
    delete memory[QUEUE + id]
  }

  function queue(message) {
    const id = message.messageId
    write(QUEUE + id, JSON.stringify(message)) // fails here, not while sending, if it is no JSON
    waiting[id] = message
    const ids = Object.keys(waiting)
    if (ids.length > MAX_QUEUED) drop(ids[0])
    if (!tries) wake(PAUSE)
  }

  // What an earlier page could not bring home. Sent twice it still counts once.
  function adopt() {
    stored().forEach((name) => {
      let message = null
      try { message = JSON.parse(localStorage.getItem(name)) } catch (_) {}
      const fresh = message && Date.now() - Date.parse(message.timestamp) < MAX_AGE
      if (fresh) waiting[message.messageId] = message
      else write(name, null, true)
    })
    if (Object.keys(waiting).length) wake(PAUSE)
  }

  function wake(after) {
    clearTimeout(timer)
    timer = setTimeout(safely(send), after)
  }

  function next() {
    const batch = []
    let size = 0
    for (const id in waiting) {
      if (flying[id]) continue
      size += JSON.stringify(waiting[id]).length
      if (batch.length && size > MAX_BODY) break
      batch.push(waiting[id])
    }
    batch.forEach((message) => { flying[message.messageId] = 1 })
    return batch
  }

  // As plain text with the key inside, a browser asks the server for no leave beforehand.
  const body = (batch) => JSON.stringify({ writeKey: key, sentAt: new Date().toISOString(), context: common(), batch })

  function send() {
    const batch = next()
    if (!batch.length) return
    const text = body(batch)
    const after = (response) => {
      const retry = !response || response.status > 499 || response.status === 429 || response.status === 408
      batch.forEach((message) => { retry ? delete flying[message.messageId] : drop(message.messageId) })
      if (!retry && !response.ok) warn('refused with status ' + response.status)
      tries = retry ? tries + 1 : 0
      const told = response && +response.headers.get('Retry-After') * 1000
      const backoff = Math.min(3e5, 1000 * 2 ** tries) * (0.8 + Math.random() * 0.4)
      if (Object.keys(waiting).length) wake(retry ? told || backoff : PAUSE)
    }
    fetch(host + '/v1/batch', { method: 'POST', body: text, credentials: 'omit', keepalive: text.length < MAX_BODY })
      .then(after, () => after(null))
      .catch(warn)
  }

  // Nobody hears whether a beacon arrived, so the stored copies stay for the next page to send again.
  function leave() {
    if (!navigator.sendBeacon) return
    for (let batch = next(); batch.length; batch = next()) navigator.sendBeacon(host + '/v1/batch', body(batch))
  }

  // --- messages ------------------------------------------------------------------------------------------

  let from = document.referrer
  const common = () => {
    const context = { library: { name: 'leadline.js', version: VERSION }, locale: navigator.language }
    try { context.timezone = Intl.DateTimeFormat().resolvedOptions().timeZone } catch (_) {}
    if (navigator.webdriver) context.webdriver = true
    if (gpc) context.gpc = true
    return context
  }
  const page = () => ({
    url: location.href, path: location.pathname, search: location.search, title: document.title, referrer: from
  })

  // What people submit themselves is sent whatever they think of being followed.
  function emit(type, fields, submitted) {
    if (gpc && !user() && !submitted) return
    const message = {
      type, messageId: uuid(), timestamp: new Date().toISOString(), anonymousId: visitor(), userId: user(),
      context: { page: page(), ...agreed() }, ...fields
    }
    if (allowed() || submitted) queue(message)
    else if (!preferences && held.length < MAX_QUEUED) held.push(message)
  }

  const commands = {
    track: (event, properties) => emit('track', { event, properties }),
    page: (name, properties) =>
      typeof name === 'object' ? emit('page', { properties: name }) : emit('page', { name, properties }),
    identify(id, traits) {
      if (id && typeof id === 'object') [id, traits] = [null, id]
      if (id || id === 0) {
        if (user() && user() !== String(id)) commands.reset() // another person at the same browser
        write('leadline.user', String(id))
      }
      emit('identify', { traits }, true)
    },
    group: (groupId, traits) => emit('group', { groupId: String(groupId), traits }),
    consent,
    reset() { ['leadline.anon', 'leadline.user'].forEach((name) => write(name, null)) }
  }

  // --- what is seen by itself ----------------------------------------------------------------------------

  let last = ''
  function look() {
    const here = location.origin + location.pathname + location.search + (/^#[/!]/.test(location.hash) ? location.hash : '')
    if (here === last) return
    if (last) from = last
    last = here
    commands.page()
  }

  function watchPages() {
    ['pushState', 'replaceState'].forEach((name) => {
      const original = history[name]
      history[name] = function () {
        const result = original.apply(this, arguments)
        setTimeout(safely(look), 50) // a page sets its title after its address
        return result
      }
    })
    on(window, 'popstate hashchange', () => setTimeout(safely(look), 50))
    on(window, 'pageshow', (event) => { if (event.persisted) { last = ''; look() } })
    look()
  }

  function watchLinks() {
    on(document, 'click auxclick', (event) => {
      const link = event.target.closest && event.target.closest('a[href]')
      if (link && /^https?:$/.test(link.protocol) && link.hostname !== location.hostname)
        commands.track('outbound_click', { url: link.href, name: link.textContent.trim().slice(0, 100) })
    })
  }

  const said = (element, name) => element.getAttribute(name) || ''
  const isPrivate = (field) => /^(password|hidden|file)$/.test(field.type) ||
    /^cc-|password|one-time/.test(said(field, 'autocomplete')) || SENSITIVE.test(said(field, 'name') + ' ' + said(field, 'id'))

  function watchForms() {
    on(document, 'submit', (event) => {
      const form = event.target
      if (form.action && String(form.getAttribute('action')).startsWith(host + '/f/')) return introduce(form)
      const fields = [...form.elements].filter((field) => field.name && !isPrivate(field))
      const traits = {}
      fields.forEach((field) => {
        const marked = form.hasAttribute('data-leadline') || field.hasAttribute('data-leadline')
        const chosen = !/^(checkbox|radio)$/.test(field.type) || field.checked
        if (marked && chosen && field.value) traits[said(field, 'data-leadline') || field.name] = field.value
      })
      const known = Object.keys(traits).length > 0
      const name = said(form, 'data-leadline') || said(form, 'name') || said(form, 'id')
      const properties = { name, fields: [...new Set(fields.map((field) => field.name))] }
      emit('track', { event: 'form', properties }, known)
      if (known) commands.identify(traits)
    })
  }

  // Our own forms go to the server by themselves; they only need to know whose visit it was.
  function introduce(form) {
    if (gpc || !allowed() || form.querySelector('[name=ll_anon]')) return
    const field = document.createElement('input')
    field.type = 'hidden'
    field.name = 'll_anon'
    field.value = visitor()
    form.appendChild(field)
  }

  // --- start ---------------------------------------------------------------------------------------------

  function command(name) {
    if (!Object.prototype.hasOwnProperty.call(commands, name))
      return warn('no command ' + name + '; there are ' + Object.keys(commands).join(', '))
    commands[name].apply(null, [].slice.call(arguments, 1))
  }

  function start() {
    const early = (window.leadline && window.leadline.q) || []
    window.leadline = safely(command)
    window.leadline.version = VERSION
    if (allowed()) adopt()
    ;[].forEach.call(early, (call) => window.leadline.apply(null, call))
    on(window, 'pagehide', leave)
    on(document, 'visibilitychange', () => { if (document.visibilityState === 'hidden') leave() })
    on(window, 'online', () => { tries = 0; wake(0) })
    if (/page/.test(auto)) watchPages()
    if (/outbound/.test(auto)) watchLinks()
    if (/form/.test(auto)) watchForms()
  }

  // A page that is only prepared in case somebody goes there was not seen by anybody.
  if (document.prerendering) document.addEventListener('prerenderingchange', safely(start), { once: true })
  else safely(start)()
})()
