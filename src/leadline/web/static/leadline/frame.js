/* What stands around a page: Ctrl-K, keys, toasts. Without it everything still works. */
(function () {
  'use strict'
  const words = JSON.parse((document.getElementById('words') || {}).textContent || '{}')
  const go = document.getElementById('go')
  const keys = document.getElementById('keys')
  const letters = document.body.dataset.keys !== 'off'

  // --- Ctrl-K --------------------------------------------------------------------------------------------

  const openGo = () => {
    if (!go || !window.htmx) return false
    if (go.open) return true
    document.querySelectorAll('[popover]:popover-open').forEach((each) => each.hidePopover())
    go.showModal()
    const field = go.querySelector('input')
    field.select()
    window.htmx.trigger(field, 'opened')
    return true
  }
  const found = () => [...go.querySelectorAll('.found a')]
  const markFirst = () => found().forEach((each, n) => each.classList.toggle('first', n === 0))

  if (go) {
    document.querySelectorAll('[data-opens="go"]').forEach((each) => each.addEventListener('click', (event) => {
      if (!event.ctrlKey && !event.metaKey && openGo()) event.preventDefault()
    }))
    go.addEventListener('htmx:afterSwap', markFirst)
    go.addEventListener('click', (event) => { if (event.target === go) go.close() })
    go.querySelector('form').addEventListener('submit', (event) => {
      const [first] = found()
      if (!first || go.querySelector('.htmx-request')) return
      event.preventDefault()
      first.click()
    })
    go.addEventListener('keydown', (event) => {
      const field = go.querySelector('input')
      const lines = [field, ...found()]
      const at = lines.indexOf(document.activeElement)
      if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
        event.preventDefault()
        // The first line is opened by Enter in the field already, so going down leads to it all the same.
        const to = lines[(at + (event.key === 'ArrowDown' ? 1 : -1) + lines.length) % lines.length]
        to.focus()
        if (to === field) field.select()
      } else if (event.key === 'Escape') {
        event.preventDefault() // a search field would be emptied first
        go.close()
      } else if (at > 0 && event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey) {
        field.focus()
      }
    })
  }

  // --- keys ----------------------------------------------------------------------------------------------

  const typing = (element) => element.closest('input, textarea, select, [contenteditable], dialog')
  const rows = () => [...document.querySelectorAll('main tbody tr')].filter((row) =>
    row.querySelector('a[href], input[type=checkbox]') && row.offsetParent !== null)
  let jumping = 0

  const step = (by) => {
    const all = rows()
    if (!all.length) return
    const now = all.findIndex((row) => row.classList.contains('at') || row.contains(document.activeElement))
    const to = all[Math.min(Math.max(now + by, 0), all.length - 1)]
    all.forEach((row) => row.classList.toggle('at', row === to))
    const link = to.querySelector('th a[href]') || to.querySelector('a[href]') || to.querySelector('input')
    link.focus({ preventScroll: true })
    to.scrollIntoView({ block: 'nearest' })
  }
  const choose = () => {
    const box = document.querySelector('tr.at input[type=checkbox]')
    if (box) box.click()
  }
  const search = () => document.querySelector('main input[type=search], main [data-search]')

  document.addEventListener('keydown', (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === 'k') {
      if (openGo()) event.preventDefault()
      return
    }
    if (!letters || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || typing(event.target)) return
    if (Date.now() - jumping < 1500) {
      jumping = 0
      const link = keys && keys.querySelector('[data-key="' + CSS.escape(event.key) + '"]')
      if (link) { event.preventDefault(); link.click() }
      return
    }
    const does = {
      j: () => step(1),
      k: () => step(-1),
      x: choose,
      g: () => { jumping = Date.now() },
      '/': () => { const field = search(); if (field) { field.focus(); field.select() } else openGo() },
      '?': () => keys && keys.showModal()
    }[event.key]
    if (!does) return
    event.preventDefault()
    does()
  })
  document.addEventListener('focusin', (event) => {
    const row = document.querySelector('tr.at')
    if (row && !row.contains(event.target)) row.classList.remove('at')
  })

  // --- toasts --------------------------------------------------------------------------------------------

  const toasts = document.getElementById('toasts')
  const UNDO = 30000
  const SHORT = 8000

  const fade = (toast) => {
    let timer = null
    const wait = () => {
      clearTimeout(timer)
      timer = setTimeout(() => toast.remove(), toast.querySelector('form') ? UNDO : SHORT)
    }
    const hold = () => clearTimeout(timer)
    const close = document.createElement('button')
    close.type = 'button'
    close.className = 'quiet'
    close.textContent = '×'
    close.setAttribute('aria-label', words.close)
    close.addEventListener('click', () => toast.remove())
    toast.append(close)
    toast.addEventListener('pointerenter', hold)
    toast.addEventListener('pointerleave', wait)
    toast.addEventListener('focusin', hold)
    toast.addEventListener('focusout', wait)
    if (!toast.matches('.error, .warning')) wait()
  }
  const show = (items) => items.forEach((item) => { toasts.append(item); fade(item) })
  const complain = (text) => {
    const item = document.createElement('li')
    item.className = 'error'
    item.append(Object.assign(document.createElement('span'), { textContent: text }))
    show([item])
  }
  if (toasts) {
    // What went well goes to the side; what went wrong stays where it is read.
    show([...document.querySelectorAll('main .messages li.success')])
    document.querySelectorAll('main .messages').forEach((list) => { if (!list.children.length) list.remove() })
    toasts.addEventListener('htmx:beforeSwap', (event) => {
      event.detail.shouldSwap = false
      const answer = new DOMParser().parseFromString(event.detail.serverResponse, 'text/html')
      show([...answer.querySelectorAll('.messages li')])
    })
    document.addEventListener('htmx:sendError', () => complain(words.unreachable))
    document.addEventListener('htmx:timeout', () => complain(words.unreachable))
    document.addEventListener('htmx:responseError', (event) => {
      if (!event.detail.elt.closest('[data-quiet]')) complain(words.failed)
    })
  }
})()
