"""What Leadline costs: `python -m benchmarks.run`, `benchmarks.live` and `benchmarks.replay`.

Each measured run is a process of its own, so its CPU seconds and its peak memory are its own. CPU seconds
(user and system) are compared rather than seconds on the clock, and only within one run of the script:
they suffer less from whatever else the machine does.
"""
