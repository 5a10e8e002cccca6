"""Faults of tokens, keys and permissions, both ways."""

from __future__ import annotations

from ivr.simulator.faults.fault import Respond
from ivr.simulator.faults.named import ALWAYS, Named, asked, elsewhere, service, told

SIGNATURES = (
    service("issuer_with_slash", "P01", "Notifications are issued with a slash at the end.",
            told(signed="issuer_slash", times=ALWAYS)),
    service("issuer_graph", "P01 P02", "Notifications are issued by Graph itself.",
            told(signed="graph_issuer", times=ALWAYS)),
    service("issuer_of_the_tenant", "P02 P04", "Notifications are issued by the bot's own tenant.",
            told(signed="tenant_issuer", times=ALWAYS)),
    service("issuer_foreign", "P02 P04", "A notification is issued by somebody else.",
            told(signed="foreign_issuer")),
    service("metadata_names_another_issuer", "P03", "The document of the keys names another issuer "
            "than the tokens.", asked("metadata", patch={"issuer": "https://elsewhere.example"},
                                      times=ALWAYS)),
    service("token_garbage", "P02", "A notification comes with something that is no token.",
            told(signed="garbage")),
    service("token_unsigned", "P02", "A notification comes with a token that nobody has signed.",
            told(signed="unsigned")),
    service("token_expired", "P02", "A notification comes with an expired token.",
            told(signed="expired")),
    service("token_for_another_app", "P02", "A notification comes with another app's token.",
            told(signed="foreign_audience")),
    service("token_without_tenant", "P02", "A notification comes with a token without a tenant.",
            told(signed="no_tenant")),
    service("token_missing", "P02", "A notification comes without a token.", told(signed="none")),
    service("key_unknown", "P01 P05", "A notification is signed with a key that nobody publishes.",
            told(signed="unknown_key")),
    service("keys_rotated", "P05", "The key is replaced, and the old one is published no more.",
            told(signed="new_key")),
    service("second_key", "P01 P05", "Notifications are signed with a second published key.",
            told(signed="second_key", times=ALWAYS)),
    service("keys_flap", "P05", "Notifications are signed with one key and the other in turn.",
            *(told(signed="second_key", skip=skip) for skip in range(10))),
)  # fmt: skip

KEYS = (
    service("keys_down", "P06", "The keys cannot be fetched.",
            asked("keys", respond=Respond(503), times=ALWAYS)),
    service("keys_hang", "P06", "The keys never come.", asked("keys", broken="hang", times=20)),
    service("keys_truncated", "P06", "The keys break off in the middle.",
            asked("keys", broken="truncated", times=20)),
    service("keys_are_a_web_page", "P06", "A web page comes in place of the keys.",
            asked("keys", broken="html", times=20)),
    service("keys_empty", "P06", "The set of keys is empty.",
            asked("keys", patch={"keys": []}, times=20)),
    service("metadata_down", "P06", "The document that names the keys cannot be fetched.",
            asked("metadata", respond=Respond(503), times=ALWAYS)),
    service("metadata_garbage", "P06", "The document that names the keys is no JSON.",
            asked("metadata", broken="garbage", times=20)),
)  # fmt: skip

LOGIN = (
    service("login_refused", "P51", "The secret is not valid any more.",
            asked("token", respond=Respond(401, "invalid_client"), times=ALWAYS)),
    service("login_500", "P51", "The login fails with an error of its own.",
            asked("token", respond=Respond(500, "server_error"), times=3)),
    service("login_hangs", "P51", "The login never answers.",
            asked("token", broken="hang", times=3)),
    service("login_down", "P51", "The login is down for a long time.",
            asked("token", respond=Respond(503, "temporarily_unavailable"), times=ALWAYS)),
    service("login_garbage", "P51", "The login answers with something that is no JSON.",
            asked("token", broken="garbage", times=3)),
    service("token_refused_once", "P51 P48", "A request is refused for its token, once.",
            asked("*", respond=Respond(401, "InvalidAuthenticationToken"))),
    service("tokens_refused", "P51", "Every request is refused for its token.",
            asked("*", respond=Respond(401, "InvalidAuthenticationToken"), times=ALWAYS)),
)  # fmt: skip

PERMISSIONS = (
    service("not_registered", "P47", "The application is not registered for calling.",
            asked("create", respond=Respond(403, "7503"), times=ALWAYS),
            asked("answer", respond=Respond(403, "7503"), times=ALWAYS)),
    service("registered_after_a_while", "P47", "The application is registered only at the fourth "
            "request.", asked("create", respond=Respond(403, "7503"), times=3)),
    service("consent_missing_once", "P48", "A permission is missing until there is a new token.",
            asked("*", respond=Respond(403, "7504"))),
    service("consent_missing", "P48", "A permission is missing for good.",
            asked("*", respond=Respond(403, "7504"), times=ALWAYS)),
    service("wrong_tenant", "P49 P42", "The token is of another tenant than the call.",
            asked("*", respond=Respond(403, "7505"))),
    elsewhere("many_tenants", "P49", "always",
              "A request with a token of another tenant than the call's is refused with 7505.",
              "Calls of any tenant can be placed with `tenant`; every token is of one tenant."),
    service("source_not_ours", "P50", "The account that calls is not one of this application.",
            asked("create", respond=Respond(403, "7507"), times=ALWAYS)),
    elsewhere("phones_need_an_account", "P50", "always",
              "A telephone is called, invited or handed on to only from a resource account.",
              "The simulated service refuses the rest with 7507 (call-answer page)."),
)  # fmt: skip

IDENTITY: tuple[Named, ...] = (*SIGNATURES, *KEYS, *LOGIN, *PERMISSIONS)
