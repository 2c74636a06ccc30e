// A form in a frame, where this script stands. It never breaks the page around it.
(function () {
  'use strict'
  var script = document.currentScript
  if (!script) return
  var server = new URL(script.src)
  var frame = document.createElement('iframe')
  frame.src = server.href.replace(/\.js(\?.*)?$/, '/frame')
  frame.title = script.dataset.title || 'Form'
  frame.setAttribute('sandbox',
    'allow-scripts allow-forms allow-popups allow-same-origin allow-top-navigation-by-user-activation')
  frame.style.cssText = 'border:0;width:100%;height:480px;color-scheme:normal'
  script.parentNode.insertBefore(frame, script.nextSibling)

  // Which browser this is: our snippet's id, or that of Segment's client where a site uses that one.
  function visitor() {
    if (navigator.globalPrivacyControl) return ''
    try {
      return localStorage.getItem('leadline.anon') || JSON.parse(localStorage.getItem('ajs_anonymous_id')) || ''
    } catch (_) { return '' }
  }

  frame.addEventListener('load', function () {
    frame.contentWindow.postMessage({
      leadline: 'hello', visitor: visitor(), page: location.href.split('#')[0], referrer: document.referrer
    }, server.origin)
  })

  window.addEventListener('message', function (event) {
    if (event.source !== frame.contentWindow || event.origin !== server.origin || !event.data) return
    var said = event.data
    if (said.leadline === 'height') frame.style.height = Math.min(Math.max(+said.height || 0, 80), 10000) + 'px'
    if (said.leadline === 'sent') {
      script.dispatchEvent(new CustomEvent('leadline:sent', { bubbles: true }))
      if (/^https?:\/\//.test(said.onward)) location.assign(said.onward)
    }
  })
})()
