"""Request class: query parameters in one order, without those that browsers and sharing tools add."""

import re
from operator import itemgetter

from flask import Request as FlaskRequest
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import BadRequest
from werkzeug.utils import cached_property

_CAMPAIGN_PREFIXES = ("utm_", "gad_", "mtm_", "piwik_", "pk_")
_CLICK_IDS = (
    *("fbclid", "gclid", "dclid", "gbraid", "wbraid", "msclkid", "yclid", "twclid", "ttclid", "li_fat_id", "srsltid"),
    *("igshid", "igsh", "mc_cid", "mc_eid", "mkt_tok", "_ga", "_gl", "_hsenc", "_hsmi", "_", "gclsrc", "mibextid"),
    *("ref_src", "ref_url", "ysclid", "_openstat", "s_kwcid", "vero_id", "rdt_cid"),
    *("__hstc", "__hssc", "__hsfp", "hsctatracking"),
)
_TRACKING_NAME = rf"(?:(?:{'|'.join(_CAMPAIGN_PREFIXES)})[^=&]*|{'|'.join(_CLICK_IDS)})"
TRACKING_PARAMETER = re.compile(_TRACKING_NAME, re.IGNORECASE)
"""Names of parameters that mailings, advertisements and sharing tools add to links; `_` is jQuery's cache buster."""
_TRACKING_PAIRS = re.compile(rf"(?:^|&){_TRACKING_NAME}(?:=[^&]*)?(?=&|$)".encode(), re.IGNORECASE)


class Request(FlaskRequest):
    """Request whose `args` are sorted by name and leave out tracking parameters.

    A response that repeats them thus depends neither on their order nor on tracking, as its cache key does not.
    """

    @cached_property
    def args(self) -> MultiDict[str, str]:
        """Query parameters, sorted by name, without tracking parameters.

        Raise BadRequest if the query is not ASCII or UTF-8.
        """
        try:
            pairs = super().args.items(multi=True)
        except UnicodeDecodeError:
            raise BadRequest("Percent-encode the query as UTF-8.") from None
        kept = [pair for pair in pairs if not TRACKING_PARAMETER.fullmatch(pair[0])]
        return self.parameter_storage_class(sorted(kept, key=itemgetter(0)))


def strip_tracking(query: bytes) -> bytes:
    """Remove the tracking parameters from a raw query string."""
    return _TRACKING_PAIRS.sub(b"", query).removeprefix(b"&")
