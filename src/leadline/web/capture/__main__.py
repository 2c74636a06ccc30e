from leadline.web.capture.alone import serve

serve()
