"""`python -m leadline.web web` and `… worker`: the parts of `leadline serve`; a worker runs `… heavy`."""

import sys

from leadline.web import serve

{"web": serve.web, "worker": serve.worker, "heavy": serve.heavy}[sys.argv[1]]()
