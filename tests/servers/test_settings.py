"""Settings: every fault in one run, no secret ever shown, production makes nothing up."""

import base64
import json
import stat
from pathlib import Path

import pytest

from wiring.settings import BadSettings, Settings, read_settings, unknown_variables

KEY = base64.b64encode(bytes(range(32))).decode()
PRODUCTION = {
    "MODE": "production",
    "DATABASE_URL": "postgresql://lightline:hunter2@db.example/lightline",
    "REDIS_URL": "redis://queue.example/0",
    "PUBLIC_URL": "https://power.example",
    "STRIPE_API_KEY": "sk_live_topsecret",
    "STRIPE_WEBHOOK_SECRET": "whsec_topsecret",
    "TWILIO_ACCOUNT_SID": "AC1",
    "TWILIO_AUTH_TOKEN": "token-topsecret",
    "LIGHTLINE_TWILIO_SENDER": "MG1",
    "LIGHTLINE_SECRET_KEY": "s" * 40,
    "LIGHTLINE_ENCRYPTION_KEY": KEY,
    "LIGHTLINE_HASH_KEY": KEY,
}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


def given(monkeypatch: pytest.MonkeyPatch, **variables: str) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)


def faults_of(data: Path) -> list[str]:
    with pytest.raises(BadSettings) as refused:
        read_settings(data=data)
    return refused.value.faults


def test_production_names_everything_that_is_missing_at_once(monkeypatch: pytest.MonkeyPatch, data: Path) -> None:
    given(monkeypatch, MODE="production")
    assert {fault.partition(":")[0] for fault in faults_of(data)} == PRODUCTION.keys() - {"MODE"}


def test_bad_values_and_missing_ones_are_named_in_the_same_run(monkeypatch: pytest.MonkeyPatch, data: Path) -> None:
    bad = {
        "LIGHTLINE_ZONE": "Mars/Olympus",
        "LIGHTLINE_PORT": "99999",
        "DATABASE_URL": "mysql://root:hunter2@db/x",
        "PUBLIC_URL": "http://power.example",
        "LIGHTLINE_HASH_KEY": "c2hvcnQ=",
        "LIGHTLINE_SECRET_KEY": "short-topsecret",
        "TWILIO_API_BASE": "http://vendor.example",
    }
    given(monkeypatch, **PRODUCTION | bad)
    monkeypatch.delenv("STRIPE_API_KEY")
    assert {fault.partition(":")[0] for fault in faults_of(data)} == bad.keys() | {"STRIPE_API_KEY"}


def test_no_fault_and_no_picture_of_settings_shows_a_secret(monkeypatch: pytest.MonkeyPatch, data: Path) -> None:
    given(monkeypatch, **PRODUCTION)
    shown = repr(read_settings(data=data))
    given(monkeypatch, DATABASE_URL="mysql://u:hunter2@db", LIGHTLINE_ENCRYPTION_KEY="topsecret", REDIS_URL="hunter2")
    shown += " ".join(faults_of(data))
    assert "topsecret" not in shown
    assert "hunter2" not in shown


def test_an_empty_variable_counts_as_missing(monkeypatch: pytest.MonkeyPatch, data: Path) -> None:
    given(monkeypatch, **PRODUCTION | {"STRIPE_API_KEY": ""})
    assert faults_of(data) == ["STRIPE_API_KEY: is missing"]


def test_production_takes_what_is_given_and_loads_no_simulator(monkeypatch: pytest.MonkeyPatch, data: Path) -> None:
    given(monkeypatch, **PRODUCTION)
    settings = read_settings(data=data)
    assert not settings.simulating
    assert (settings.stripe_api_base, settings.twilio_api_base) == (None, None)
    assert (settings.own_database, settings.own_redis) == (False, False)
    assert not data.exists()


def test_a_demo_makes_its_secrets_once_and_for_its_owner_alone(data: Path) -> None:
    first, again = read_settings(data=data), read_settings(data=data)
    assert first == again
    assert len(first.encryption_key) == 32
    assert stat.S_IMODE((data / "secrets.json").stat().st_mode) == 0o600


def test_secrets_that_cannot_be_read_are_a_fault_and_are_not_made_anew(data: Path) -> None:
    data.mkdir()
    (data / "secrets.json").write_text("{half")
    assert "secrets.json: cannot be read" in faults_of(data)[0]
    assert (data / "secrets.json").read_text() == "{half"


def test_a_secret_that_a_newer_version_wants_is_added_to_the_kept_ones(data: Path) -> None:
    before = read_settings(data=data)
    kept = json.loads((data / "secrets.json").read_text())
    del kept["twilio_sender"]
    (data / "secrets.json").write_text(json.dumps(kept))
    after = read_settings(data=data)
    assert after.twilio_sender.startswith("MG")
    assert after.encryption_key == before.encryption_key


def simulated(settings: Settings) -> tuple[bool, bool]:
    return settings.simulate_cards, settings.simulate_messages


def test_without_keys_the_vendors_are_simulated_on_a_port_of_their_own(data: Path) -> None:
    settings = read_settings(data=data, port=8100)
    assert simulated(settings) == (True, True)
    assert settings.stripe_api_base == "http://127.0.0.1:8101/stripe"
    assert settings.twilio_api_base == "http://127.0.0.1:8101/twilio"
    assert settings.public_url == "http://127.0.0.1:8100"


def test_a_key_that_is_given_goes_to_the_vendor_itself(monkeypatch: pytest.MonkeyPatch, data: Path) -> None:
    given(monkeypatch, STRIPE_API_KEY="sk_test_x", STRIPE_WEBHOOK_SECRET="whsec_x")
    settings = read_settings(data=data)
    assert simulated(settings) == (False, True)
    assert settings.stripe_api_base is None


def test_half_of_a_vendors_keys_is_refused_in_a_demo_too(monkeypatch: pytest.MonkeyPatch, data: Path) -> None:
    given(monkeypatch, STRIPE_API_KEY="sk_test_x", TWILIO_AUTH_TOKEN="t")
    named = {fault.partition(":")[0] for fault in faults_of(data)}
    assert named == {"STRIPE_WEBHOOK_SECRET", "TWILIO_ACCOUNT_SID", "LIGHTLINE_TWILIO_SENDER"}


def test_a_misspelt_setting_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, LIGHTLINE_WORKRES="4", LIGHTLINE_WORKERS="4")
    assert "LIGHTLINE_WORKRES" in unknown_variables()
    assert "LIGHTLINE_WORKERS" not in unknown_variables()
