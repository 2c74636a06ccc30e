/* The table of leads: ticking all, the acts that show once some are ticked, and where views begin. */
(function () {
  'use strict'
  const boxes = () => [...document.querySelectorAll('input[name="lead"][form="bulk"]')]

  const show = () => {
    const bulk = document.getElementById('bulk')
    if (!bulk) return
    const ticked = boxes().filter((each) => each.checked).length
    bulk.classList.add('scripted')
    bulk.classList.toggle('any', ticked > 0 || bulk.elements.all.checked)
    const all = document.querySelector('[data-ticks]')
    if (all) {
      all.checked = ticked > 0 && ticked === boxes().length
      all.indeterminate = ticked > 0 && ticked < boxes().length
    }
  }
  document.addEventListener('change', (event) => {
    if (event.target.matches('[data-ticks]')) boxes().forEach((each) => { each.checked = event.target.checked })
    if (event.target.matches('[data-ticks], [name="lead"], #bulk [name="all"]')) show()
  })
  document.addEventListener('htmx:afterSwap', show)

  // The forms around the table carry its state along, so they follow when the address does.
  document.addEventListener('htmx:pushedIntoHistory', () => {
    const state = [...new URLSearchParams(location.search)].filter(([name]) => name !== 'after')
    document.querySelectorAll('[data-here]').forEach((each) => { each.value = new URLSearchParams(state).toString() })
    document.querySelectorAll('form[data-state]').forEach((form) => {
      form.querySelectorAll('input[type="hidden"]:not([name="go"])').forEach((each) => each.remove())
      state.filter(([name]) => name !== form.dataset.state).forEach(([name, value]) => {
        form.append(Object.assign(document.createElement('input'), { type: 'hidden', name, value }))
      })
    })
  })
  document.addEventListener('click', (event) => {
    document.querySelectorAll('details.drop[open]').forEach((each) => { if (!each.contains(event.target)) each.open = false })
  })
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return
    document.querySelectorAll('details.drop[open]').forEach((each) => { each.open = false; each.querySelector('summary').focus() })
  })
  show()
})()
