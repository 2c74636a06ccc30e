"""The columnar replica: facts in Parquet files by month, for whatever looks at all leads.

The database remains the system of record. The worker calls :func:`follow`, which appends what is new in order
of writing; :func:`all_facts` hands the engine everybody's facts; the rest keeps the files few and exact.
"""

from leadline.web.replica.compaction import compact, erase
from leadline.web.replica.following import follow, rebuild_replica
from leadline.web.replica.scan import all_facts

__all__ = ["all_facts", "compact", "erase", "follow", "rebuild_replica"]
