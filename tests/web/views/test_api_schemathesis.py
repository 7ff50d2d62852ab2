"""The HTTP interface held against its own description: Schemathesis makes calls that fit it, and calls that do not.

It runs as a stranger would run it, as a command against a real server with its worker. Every check is on; each
exception in `CONFIG` says which sentence of the interface it stands for.
"""

import json
import subprocess
import sys
from pathlib import Path

from tests.support.api import Api, served
from tests.support.server import StartServer

CONFIG = """
# Ids that refer to nothing and slots out of order fit every schema: 422 tells them.
[checks.positive_data_acceptance]
expected-statuses = ["2xx", "401", "404", "409", "422"]

# DELETE stops a job; what has become of it can be read afterwards.
[checks.use_after_free]
enabled = false
"""


# Solved at once, so that nothing but the interface is tried.
EVENT = {
    "format": "passerelle-event/1",
    "slots": [{"id": "s1", "start": "2027-03-18T14:00", "end": "2027-03-18T14:06"}],
    "participants": [{"id": "a1", "kind": "association"}, {"id": "c1", "kind": "company"}],
    "affinities": [{"between": ["a1", "c1"], "score": 1}],
}


def schemathesis(api: Api, folder: Path, config: str, *options: str) -> None:
    """Run all checks for 15 seconds; fail with what they found."""
    (folder / "schemathesis.toml").write_text(config, encoding="utf-8")
    command = [str(Path(sys.executable).with_name("schemathesis")), "run", f"{api.server.url}/api/v1/openapi.json"]
    common = ["--seed=1", "--no-color", "--phases=coverage,fuzzing", "--max-time=15"]
    common += ["-H", f"Authorization: Bearer {api.token}"]
    done = subprocess.run([*command, *common, *options], cwd=folder, capture_output=True, text=True, timeout=240)
    log = api.server.output()
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr + log[-5000:]
    assert "Traceback" not in log, log[-5000:]


def test_calls_on_anything_are_answered_as_described(start_server: StartServer, tmp_path: Path) -> None:
    schemathesis(served(start_server, tmp_path), tmp_path, CONFIG, "--max-examples", "12")


def test_calls_on_what_exists_are_answered_as_described(
    start_server: StartServer, empty_postgres_url: str, tmp_path: Path
) -> None:
    api = served(start_server, tmp_path, empty_postgres_url)
    event = api.call("POST", "/events", EVENT).json["id"]
    job = api.call("POST", f"/events/{event}/schedules", {"time_limit": 5}).json["job"]
    ids = {
        "event_id": event,
        "job_id": job,
        "schedule_id": api.finished(job)["schedule"],
        "participant_id": "a1",
    }
    given = "".join(f'"path.{name}" = {json.dumps(value)}\n' for name, value in ids.items())
    # Prints take half a second each and are held to their own tests.
    options = ("--max-examples", "5", "--exclude-path-regex", "pdf$|/events$")
    schemathesis(api, tmp_path, f"[parameters]\n{given}{CONFIG}", *options)
