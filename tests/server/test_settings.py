"""Settings: every variable that is promised, and one sentence without a value for every mistake."""

from __future__ import annotations

import traceback
from pathlib import Path

import pytest

from ivr.errors import UsageError
from ivr.server.settings import Settings, check_serving, node_name, read_settings

SECRET = "hunter2-and-more"
DEFAULTS = {
    "flows": "flows",
    "host": "127.0.0.1",
    "port": 8080,
    "public_url": "",
    "graph_url": "https://graph.microsoft.com/v1.0",
    "login_url": "https://login.microsoftonline.com",
    "webhook_metadata_urls": ["https://api.aps.skype.com/v1/.well-known/OpenIdConfiguration"],
    "webhook_issuers": ["https://api.botframework.com", "https://graph.microsoft.com"],
    "database_url": "sqlite:///ivr.db",
    "speech": "espeak",
    "data_dir": ".",
    "dial_allow": [],
    "recording_hosts": [],
    "tenants": [],
    "watch": True,
    "node": "",
    "dial_per_minute": 60,
    "dial_per_day": 2000,
    "dial_per_caller_per_day": 20,
    "dial_at_once": 50,
    "max_calls": 2000,
    "max_calls_per_caller": 20,
    "monthly_calls": 10_000,
    "overflow": "",
    "drain_seconds": 10,
    "env": {},
}
VARIABLES: dict[str, tuple[str, object]] = {
    "IVR_FLOWS": ("my/flows", "my/flows"),
    "IVR_HOST": ("0.0.0.0", "0.0.0.0"),
    "IVR_PORT": ("9000", 9000),
    "IVR_PUBLIC_URL": ("https://ivr.example", "https://ivr.example"),
    "IVR_APP_ID": ("app", "app"),
    "IVR_APP_SECRET": (SECRET, SECRET),
    "IVR_APP_SECRET_NEXT": (SECRET, SECRET),
    "IVR_TENANT_ID": ("tenant", "tenant"),
    "IVR_GRAPH_URL": ("http://127.0.0.1:9090/v1.0", "http://127.0.0.1:9090/v1.0"),
    "IVR_LOGIN_URL": ("https://login.example", "https://login.example"),
    "IVR_WEBHOOK_METADATA_URLS": ("https://a.example,https://b.example", ["https://a.example", "https://b.example"]),
    "IVR_WEBHOOK_ISSUERS": ("https://a.example", ["https://a.example"]),
    "IVR_DATABASE_URL": ("sqlite:////var/ivr.db", "sqlite:////var/ivr.db"),
    "IVR_NODE": ("node-1.example:8080", "node-1.example:8080"),
    "IVR_SPEECH": ("none", "none"),
    "IVR_ADMIN_TOKEN": (SECRET, SECRET),
    "IVR_SEAL_KEY": ("00" * 32, "00" * 32),
    "IVR_DATA_DIR": ("/var/ivr", "/var/ivr"),
    "IVR_DIAL_ALLOW": ("+44, +1425 ,", ["+44", "+1425"]),
    "IVR_RECORDING_HOSTS": ("a.example", ["a.example"]),
    "IVR_TENANTS": ("one,two", ["one", "two"]),
    "IVR_WATCH": ("false", False),
    "IVR_DIAL_PER_MINUTE": ("0", 0),
    "IVR_DIAL_PER_DAY": ("5", 5),
    "IVR_DIAL_PER_CALLER_PER_DAY": ("3", 3),
    "IVR_DIAL_AT_ONCE": ("7", 7),
    "IVR_MAX_CALLS": ("10", 10),
    "IVR_MAX_CALLS_PER_CALLER": ("2", 2),
    "IVR_MONTHLY_CALLS": ("9000", 9000),
    "IVR_OVERFLOW": ("phone:+442079460123", "phone:+442079460123"),
    "IVR_DRAIN_SECONDS": ("0", 0),
}  # fmt: skip
SERVING = {
    "IVR_PUBLIC_URL": "https://ivr.example",
    "IVR_APP_ID": "app",
    "IVR_APP_SECRET": SECRET,
    "IVR_TENANT_ID": "tenant",
}


def refused(environ: dict[str, str], toml: Path | None = None) -> str:
    """The sentence with which settings are refused; never a value in it, nor in its origin."""
    with pytest.raises(UsageError) as caught:
        check_serving(read_settings(environ, toml))
    assert SECRET not in "".join(traceback.format_exception(caught.value))
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert sentence.endswith(".")
    return sentence


def toml_of(folder: Path, text: str) -> Path:
    path = folder / "ivr.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_without_any_setting_the_defaults_hold() -> None:
    settings = read_settings({"PATH": "/bin", "IVRY": "x"})
    assert {name: getattr(settings, name) for name in DEFAULTS} == DEFAULTS


@pytest.mark.parametrize("variable", VARIABLES)
def test_every_variable_is_read(variable: str) -> None:
    given, meant = VARIABLES[variable]
    settings = read_settings({variable: given})
    assert getattr(settings, variable.removeprefix("IVR_").lower()) == meant


def test_every_setting_has_a_variable_and_a_description() -> None:
    described = {f"IVR_{name.upper()}" for name in Settings.__struct_fields__}
    more = {"IVR_ENV", "IVR_SECRET_ENV", "IVR_APP_KEY", "IVR_APP_THUMBPRINT"}
    assert described == VARIABLES.keys() | more


@pytest.mark.parametrize(
    "secret",
    [
        "IVR_APP_SECRET", "IVR_APP_SECRET_NEXT", "IVR_APP_KEY", "IVR_SEAL_KEY", "IVR_ADMIN_TOKEN",
        "IVR_DATABASE_URL",
    ],
)  # fmt: skip
def test_a_secret_may_lie_in_a_file(tmp_path: Path, secret: str) -> None:
    file = tmp_path / "secret"
    file.write_text(f"{SECRET}\n")
    settings = read_settings({f"{secret}_FILE": str(file)})
    assert getattr(settings, secret.removeprefix("IVR_").lower()) == SECRET


def test_secrets_of_flows_come_from_the_environment_only(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(SECRET)
    settings = read_settings({"IVR_SECRET_ENV_CRM": "a", "IVR_SECRET_ENV_BANK_FILE": str(file)})
    assert settings.secret_env == {"crm": "a", "bank": SECRET}
    assert "IVR_SECRET_ENV_<NAME>" in refused(
        {}, toml_of(tmp_path, f'[secret_env]\ncrm = "{SECRET}"')
    )


@pytest.mark.parametrize("what", ["missing", "folder", "binary", "\0"])
def test_a_file_of_a_secret_that_cannot_be_read_is_told(tmp_path: Path, what: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "binary").write_bytes(b"\xff\xfe\xff")
    sentence = refused({"IVR_APP_SECRET_FILE": str(tmp_path / what)})
    assert "IVR_APP_SECRET_FILE" in sentence


def test_values_of_flows_have_a_prefix_of_their_own() -> None:
    settings = read_settings({"IVR_ENV_SALES_DESK": "user:1", "IVR_ENV_KEY_FILE": "plain"})
    assert settings.env == {"sales_desk": "user:1", "key_file": "plain"}


def test_the_environment_beats_the_file_name_by_name(tmp_path: Path) -> None:
    toml = toml_of(tmp_path, 'port = 1000\nhost = "::1"\n[env]\na = "file"\nb = "file"\n')
    settings = read_settings({"IVR_PORT": "2000", "IVR_ENV_B": "environment"}, toml)
    assert (settings.port, settings.host) == (2000, "::1")
    assert settings.env == {"a": "file", "b": "environment"}


def test_a_file_may_hold_lists_as_lists(tmp_path: Path) -> None:
    settings = read_settings({}, toml_of(tmp_path, 'tenants = ["one", "two"]\n'))
    assert settings.tenants == ["one", "two"]


@pytest.mark.parametrize(
    ("variable", "guess"),
    [
        ("IVR_PROT", "IVR_PORT"),
        ("IVR_APPSECRET", "IVR_APP_SECRET"),
        ("IVR_DATABASE", "IVR_DATABASE_URL"),
        ("IVR_ENV", "IVR_ENV_<NAME>"),
        ("IVR_", ""),
        ("IVR_PORT_FILE", ""),
        ("IVR_QQQQ", ""),
    ],
)
def test_a_variable_that_is_none_is_an_error_with_a_guess(variable: str, guess: str) -> None:
    sentence = refused({variable: SECRET})
    assert variable in sentence
    assert guess in sentence
    assert ("did you mean" in sentence) or not guess


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f'appsecret = "{SECRET}"', "app_secret"),
        (f'qqqq = "{SECRET}"', "qqqq"),
        (f'port = "{SECRET}"', "IVR_PORT"),
        (f'port = ["{SECRET}"]', "IVR_PORT"),
        (f'tenants = "{SECRET}"', "IVR_TENANTS"),
        (f'env = "{SECRET}"', "env must be a table"),
        (f'[env]\nx = ["{SECRET}"]', "IVR_ENV"),
        (f'port = "{SECRET}\n', "line 1"),
        ('dial_allow = [""]', "IVR_DIAL_ALLOW"),
        ("a = " + "[" * 5_000, "not valid TOML"),
        ("\x00", "not valid TOML"),
    ],
)
def test_a_mistake_in_the_file_is_told_without_the_value(
    tmp_path: Path, text: str, told: str
) -> None:
    assert told in refused({}, toml_of(tmp_path, text))


def test_a_file_in_another_encoding_is_told(tmp_path: Path) -> None:
    path = tmp_path / "ivr.toml"
    path.write_bytes('host = "ü"'.encode("latin-1"))
    assert "ivr.toml is not valid TOML" in refused({}, path)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("IVR_PORT", "65536"),
        ("IVR_PORT", "-1"),
        ("IVR_PORT", "eighty"),
        ("IVR_PORT", ""),
        ("IVR_WATCH", "perhaps"),
        ("IVR_MAX_CALLS", "0"),
        ("IVR_DRAIN_SECONDS", "1e9"),
        ("IVR_DIAL_PER_MINUTE", "-1"),
        ("IVR_DIAL_PER_DAY", "many"),
        ("IVR_DIAL_PER_CALLER_PER_DAY", "-1"),
        ("IVR_DIAL_AT_ONCE", "-1"),
        ("IVR_MAX_CALLS_PER_CALLER", "0"),
        ("IVR_MONTHLY_CALLS", "0"),
        ("IVR_NODE", "one two"),
        ("IVR_NODE", "n" * 65),
        ("IVR_OVERFLOW", "reception"),
        ("IVR_OVERFLOW", "phone:0044 20 7946 0123"),
        ("IVR_SPEECH", "parrot"),
        ("IVR_DIAL_ALLOW", "+44,0044"),
        ("IVR_DIAL_ALLOW", "+"),
        ("IVR_ENV_a-b", "x"),
        ("IVR_SECRET_ENV_", "x"),
    ],
)
def test_a_value_that_cannot_be_is_told_with_its_name(variable: str, value: str) -> None:
    assert variable.removesuffix("a-b") in refused({**SERVING, variable: value})


@pytest.mark.parametrize("missing", SERVING)
def test_serving_names_what_is_missing(missing: str) -> None:
    environ = {name: value for name, value in SERVING.items() if name != missing}
    assert missing in refused(environ)


def test_serving_needs_no_more_than_that() -> None:
    check_serving(read_settings(SERVING))
    certificate = {"IVR_APP_KEY": SECRET, "IVR_APP_THUMBPRINT": "AB"}
    check_serving(read_settings({**SERVING, "IVR_APP_SECRET": "", **certificate}))


@pytest.mark.parametrize(
    "variable",
    ["IVR_PUBLIC_URL", "IVR_GRAPH_URL", "IVR_LOGIN_URL", "IVR_WEBHOOK_METADATA_URLS"],
)
@pytest.mark.problem("P61", fault="plain_http")
def test_plain_http_is_for_loopback_only(variable: str) -> None:
    check_serving(read_settings({**SERVING, variable: "http://127.0.0.1:9090"}))
    for address in ("http://ivr.example", "ftp://127.0.0.1", "https://", "https://a@b", "x"):
        assert variable in refused({**SERVING, variable: address})


def test_settings_do_not_show_what_they_hold() -> None:
    settings = read_settings({**SERVING, "IVR_SECRET_ENV_CRM": SECRET})
    assert SECRET not in f"{settings!r} {settings}"


def test_a_node_has_the_same_name_after_a_restart() -> None:
    before, after = (node_name(read_settings({"IVR_PORT": "8081"})) for _ in range(2))
    assert before == after
    assert before.endswith(":8081")
    assert node_name(read_settings({"IVR_PORT": "8082"})) != before
    assert node_name(read_settings({"IVR_NODE": "left"})) == "left"
