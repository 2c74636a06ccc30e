"""`python -m leadline.web web` and `… worker`: the parts that `leadline serve` runs."""

import sys

from leadline.web import serve

{"web": serve.web, "worker": serve.worker}[sys.argv[1]]()
