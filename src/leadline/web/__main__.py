"""`python -m leadline.web web` and `… worker`: the parts that `leadline serve` runs; a worker runs `… heavy`."""

import sys

from leadline.web import serve

{"web": serve.web, "worker": serve.worker, "heavy": serve.heavy}[sys.argv[1]]()
