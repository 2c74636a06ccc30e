/* A file that is dropped anywhere on its panel is chosen and sent. Without this the file field does it. */
(function () {
  'use strict'
  for (const form of document.querySelectorAll('[data-drop]')) {
    const input = form.querySelector('input[type="file"]')
    const carries = (event) => event.dataTransfer && Array.from(event.dataTransfer.types).includes('Files')
    for (const name of ['dragenter', 'dragover']) {
      form.addEventListener(name, (event) => {
        if (!carries(event)) return
        event.preventDefault()
        form.classList.add('over')
      })
    }
    form.addEventListener('dragleave', (event) => {
      if (!form.contains(event.relatedTarget)) form.classList.remove('over')
    })
    form.addEventListener('drop', (event) => {
      if (!carries(event)) return
      event.preventDefault()
      form.classList.remove('over')
      if (!event.dataTransfer.files.length) return
      input.files = event.dataTransfer.files
      form.requestSubmit()
    })
  }
})()
