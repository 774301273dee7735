"""Everything MLflow.

Invariant: the metrics DB is the book of record; whatever is logged here can be logged again from it.
"""

from gencost.tracking.client import RunStart, Tracking, flat
from gencost.tracking.sync_client import SyncClient
from gencost.tracking.uri import check, tracking_uri

__all__ = ["RunStart", "SyncClient", "Tracking", "check", "flat", "tracking_uri"]
