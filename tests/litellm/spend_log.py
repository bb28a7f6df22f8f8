"""A callback that writes LiteLLM's own record of the cost of each call, which `telemetry reconcile` reads.

SPEND_LOG gets the `StandardLoggingPayload` as a line of JSON, and SPEND_LOG + ".rows" the row that LiteLLM would store
in the table `LiteLLM_SpendLogs`, in the form in which `/spend/logs` answers it. The row is made by LiteLLM's own
function; only the conversion by a database is imitated here. Prompts and answers are omitted, as on a proxy with
`turn_off_message_logging`.
"""
import json
import os
from datetime import datetime, timezone

from litellm.integrations.custom_logger import CustomLogger
from litellm.proxy.spend_tracking.spend_tracking_utils import get_logging_payload

CONTENT = ("messages", "response", "proxy_server_request")


class SpendLog(CustomLogger):
    async def async_log_success_event(self, kwargs, response_obj, start_time, end_time):
        self.write(kwargs, response_obj, start_time, end_time)

    async def async_log_failure_event(self, kwargs, response_obj, start_time, end_time):
        # The proxy sets the status before it stores the row of a failed call, and removes a missing time.
        parameters = kwargs.get("litellm_params") or {}
        metadata = {**(parameters.get("metadata") or {}), "status": "failure"}
        first = kwargs.get("completion_start_time") or end_time
        kwargs = {
            **kwargs, "litellm_params": {**parameters, "metadata": metadata}, "completion_start_time": first}
        self.write(kwargs, response_obj, start_time, end_time)

    def write(self, kwargs, response_obj, start_time, end_time):
        payload = kwargs.get("standard_logging_object")
        if payload is None:
            return
        # The row comes first: a reader that finds the payload finds the row.
        append(".rows", of_database(get_logging_payload(kwargs, response_obj, start_time, end_time)))
        append("", payload)


def of_database(row):
    row = {key: of_column(value) for key, value in row.items()}
    for key in ("metadata", "request_tags"):
        row[key] = json.loads(row[key])
    return row


def of_column(value):
    """The database stores milliseconds, and Prisma writes them as UTC."""
    if isinstance(value, datetime):
        return value.astimezone(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return value


def append(suffix, record):
    record = {key: value for key, value in record.items() if key not in CONTENT}
    with open(os.environ["SPEND_LOG"] + suffix, "ab", buffering=0) as log:
        log.write(json.dumps(record, default=str).encode() + b"\n")


spend_log = SpendLog()
