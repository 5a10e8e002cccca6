"""What an administrator must do, by the code of Graph's refusal: data for error texts and `doctor`.

One sentence for each code, which names the switch of a portal or the PowerShell command. Sources:
FACTS.md section 2 (permissions and tenant set-up), reliability.md P47 to P55, and the pages
Set-CsApplicationMeetingConfiguration, New-CsApplicationAccessPolicy and
New-CsOnlineApplicationInstance of the Teams PowerShell module.
"""

from __future__ import annotations

PERMISSIONS = {
    "redirect_call": "Calls.Initiate.All",
    "transfer_call": "Calls.Initiate.All",
    "place_call": "Calls.Initiate.All",
    "play_prompts": "Calls.Initiate.All",
    "send_tones": "Calls.Initiate.All",
    "record_caller": "Calls.AccessMedia.All",
    "listen_for_tones": "Calls.AccessMedia.All",
    "share_screen": "Calls.AccessMedia.All",
    "set_recording_status": "Calls.JoinGroupCall.All",
    "join_meeting": "Calls.JoinGroupCall.All",
    "mute_participant": "Calls.JoinGroupCall.All",
    "hold_participant": "Calls.JoinGroupCall.All",
    "resume_participant": "Calls.JoinGroupCall.All",
    "remove_participant": "Calls.JoinGroupCall.All",
    "route_audio": "Calls.JoinGroupCall.All",
    "invite_participants": "Calls.InitiateGroupCall.All",
    "create_meeting": "OnlineMeetings.ReadWrite.All",
}
"""The application permission that each effect needs; answering and rejecting need none."""

_CALLING = (
    "Azure portal: open the bot, Channels, Microsoft Teams, Calling, tick Enable calling and set "
    "the webhook to IVR_PUBLIC_URL/api/calls; it takes up to half an hour to act."
)
_CONSENT = (
    "Microsoft Entra admin center: App registrations, the app, API permissions: add the "
    "application permission {permission} and press Grant admin consent in the tenant of the call."
)
_TENANT = (
    "Name the tenant of the call in IVR_TENANTS and have its administrator consent to the app at "
    "/TENANT/adminconsent?client_id=APP of the login endpoint."
)
_IDENTITY = (
    "Azure portal: make the bot with an app registration of its own (single tenant) and set "
    "IVR_APP_ID to that app: no other kind of identity can call."
)
_LIMIT = "Lower IVR_MAX_CALLS, or have Microsoft support raise the limit of calls for the app."

ADVICE = {
    "InvalidAuthenticationToken": "Check that IVR_GRAPH_URL and IVR_LOGIN_URL are of the same "
    "cloud, and that this machine's clock is right.",
    "7500": _IDENTITY,
    "7501": "Check that IVR_GRAPH_URL and IVR_LOGIN_URL are of the same cloud, and that this "
    "machine's clock is right.",
    "7502": _CALLING,
    "7503": _CALLING,
    "7504": _CONSENT,
    "7505": _TENANT,
    "7506": "Microsoft Entra admin center: App registrations, the app, Certificates & secrets: "
    "upload the certificate of IVR_APP_KEY.",
    "7507": "Teams PowerShell: run New-CsOnlineApplicationInstance -ApplicationId APP, then "
    "Sync-CsOnlineApplicationInstance, and call as `from: instance:` with its object id.",
    "7508": _IDENTITY,
    "7509": "Set IVR_APP_SECRET or IVR_APP_KEY of the app registration: keys of Azure "
    "Communication Services do not work with Graph.",
    "7510": "Use a secret or a certificate of the app registration: a managed identity is not "
    "supported here.",
    "7600": _CALLING,
    "8516": _LIMIT,
    "8517": _TENANT,
    "8529": "Have Microsoft support raise the monthly limit of calls, and set IVR_MONTHLY_CALLS to "
    "it.",
    "8530": _LIMIT,
    "8548": "Have an administrator consent to Calls.InitiateGroupCall.All: only then a call "
    "between two becomes a group call.",
    "10073": "Microsoft 365 admin center: buy or renew a calling plan or communications credit, "
    "and assign it to the resource account.",
    "10151": "Teams admin center: allow this kind of number for the resource account with "
    "Grant-CsDialoutPolicy, and check its voice routing policy.",
    "511532": "Teams admin center: Voice, Direct Routing: add the session border controller and a "
    "voice route for the resource account.",
}

FORBIDDEN = {
    "create_meeting": "Teams PowerShell: run New-CsApplicationAccessPolicy -Identity ivr -AppIds "
    "APP and Grant-CsApplicationAccessPolicy -PolicyName ivr -Identity ORGANIZER; it takes up to "
    "half an hour to act.",
    "remove_participant": "Teams PowerShell: run Set-CsApplicationMeetingConfiguration "
    '-AllowRemoveParticipantAppIds @{Add="APP"}.',
}
"""What a 403 means that says nothing of its own, by the effect."""

_ANY_PERMISSION = "Calls.Initiate.All"
_VAGUE = frozenset({"", "Forbidden", "Unauthorized", "UnknownError"})


def advice_for(code: str, effect: str = "", status: int = 403) -> str:
    """The sentence for a code, or "" where there is none.

    `effect` is the kind of the effect that was refused, such as `place_call`, and `status` HTTP's:
    a 403 without a telling code is judged by the effect.
    """
    if status == 403 and code in _VAGUE:
        return FORBIDDEN.get(effect, "")
    text = ADVICE.get(code, "")
    return text.format(permission=PERMISSIONS.get(effect, _ANY_PERMISSION)) if "{" in text else text
