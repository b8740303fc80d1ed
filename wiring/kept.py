"""What a data folder keeps for its installation: the demo's secrets, and the ports it runs on just now."""

import json
import os
import secrets
from base64 import b64encode
from pathlib import Path


def kept_secrets(folder: Path, faults: list[str]) -> dict[str, str]:
    """Return the demo's secrets, made once and readable by their owner alone; one that a newer version wants is added.

    A file that cannot be read is a fault, never made anew: the data in the folder is encrypted with what it held.
    """
    path = folder / "secrets.json"
    fresh = {
        "secret_key": secrets.token_urlsafe(48),
        "encryption_key": b64encode(secrets.token_bytes(32)).decode(),
        "hash_key": b64encode(secrets.token_bytes(32)).decode(),
        "stripe_api_key": "sk_test_" + secrets.token_hex(24),
        "stripe_webhook_secret": "whsec_" + secrets.token_hex(24),
        "twilio_account_sid": "AC" + secrets.token_hex(16),
        "twilio_auth_token": secrets.token_hex(16),
        "twilio_sender": "MG" + secrets.token_hex(16),
    }
    try:
        kept = {str(name): str(value) for name, value in json.loads(path.read_text()).items()}
        if fresh.keys() <= kept.keys():
            return kept
        return _keep(path, fresh | kept, replace=True)
    except FileNotFoundError:
        return _keep(path, fresh, replace=False)
    except (OSError, ValueError, AttributeError) as trouble:
        faults.append(f"{path}: cannot be read ({type(trouble).__name__}); bring it back from a back-up")
        return fresh


def _keep(path: Path, values: dict[str, str], *, replace: bool) -> dict[str, str]:
    """Write the secrets whole; where another process was first, its secrets count."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".secrets.{os.getpid()}")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(values, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    try:
        if replace:
            draft.replace(path)
        else:
            os.link(draft, path)
    except FileExistsError:
        return {str(name): str(value) for name, value in json.loads(path.read_text()).items()}
    finally:
        draft.unlink(missing_ok=True)
    return values


def running_ports(folder: Path) -> dict[str, int]:
    """Return the ports and pid of the demo that runs on a data folder now; empty when none does."""
    try:
        ports = {str(name): int(value) for name, value in json.loads((folder / "ports.json").read_text()).items()}
        os.kill(ports["pid"], 0)
    except (OSError, KeyError, ValueError, AttributeError):
        return {}
    return ports if ports.get("began", 0) == _began(ports["pid"]) else {}


def write_ports(folder: Path, *, web: int, simulators: int) -> None:
    """Say which ports this process's installation took, for every other command on the data folder."""
    folder.mkdir(parents=True, exist_ok=True)
    pid = os.getpid()
    draft = folder / f".ports.{pid}"
    draft.write_text(json.dumps({"web": web, "simulators": simulators, "pid": pid, "began": _began(pid)}))
    draft.replace(folder / "ports.json")


def _began(pid: int) -> int:
    """Return when the process began, in ticks since the machine did, so that a number given anew is told apart; 0 where
    the system does not say."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()[19])
    except (OSError, ValueError, IndexError):
        return 0
