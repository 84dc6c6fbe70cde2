"""The end of an experiment whose search is over before ``maxTrialNumber``, as NNI's page shows it.

A tuner can only say that it has no more trials: NNI's manager then waits in TUNER_NO_MORE_TRIAL, the clock of its page
runs on, and NNI's Python door never returns. An experiment with all its trials is DONE, so the limit is lowered.
"""

import json
import logging
import urllib.request
from typing import Any

from nni_autoattend.nnictl.loopback import LOOPBACK
from nni_autoattend.nnictl.surroundings import Surroundings

_SECONDS = 10.0

_logger = logging.getLogger("nni_autoattend.nnictl")


def close(surroundings: Surroundings) -> None:
    """Lower ``maxTrialNumber`` to the trials that there are; where that cannot be, the experiment just waits."""
    if surroundings.port is None:
        return
    manager = f"http://{LOOPBACK}:{surroundings.port}{surroundings.prefix}/api/v1/nni"
    try:
        trials, profile = len(_ask(f"{manager}/trial-jobs")), _ask(f"{manager}/experiment")
        limit = profile["params"].get("maxTrialNumber")
        if limit is None or trials < limit:
            profile["params"]["maxTrialNumber"] = trials
            _ask(f"{manager}/experiment?update_type=MAX_TRIAL_NUM", profile)
            _logger.info("maxTrialNumber is now %d: the experiment is done", trials)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        _logger.warning("the experiment stays in TUNER_NO_MORE_TRIAL: %s: %s", type(error).__name__, error)


def _ask(url: str, content: Any = None) -> Any:
    """Return what the manager answers, ``None`` for nothing; ``content`` is put there."""
    body = None if content is None else json.dumps(content).encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"}, method="PUT" if body else "GET")
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # a proxy is for the world outside
    with opener.open(request, timeout=_SECONDS) as answer:
        told = answer.read()
    return json.loads(told) if told else None
