"""The problems that calling bots have in the field, in words of ours, and what we do about each.

The numbers are those of the project's study of reliability. What falls short of what the study
asks for is said as well, after "Not:".
"""

from __future__ import annotations

from typing import NamedTuple


class Row(NamedTuple):
    """One problem in twelve words at most, and what the product does about it."""

    problem: str
    answer: str


ROWS = {
    "P01": Row("Tokens of other clouds name other issuers and other keys.",
        "Issuers and key documents are lists, matched exactly with and without the closing "
        "slash; who is denied is logged by issuer and key id."),
    "P02": Row("Tokens of an unexpected make crash the check instead of failing it.",
        "A check gives a verdict and never raises; whatever is wrong is answered with 401."),
    "P03": Row("The key document lies at an address unlike its issuer.",
        "Issuers and key documents are configured separately; no discovery rules are applied."),
    "P04": Row("Bots of one tenant get issuers that name the tenant.",
        "`{tid}` in a configured issuer stands for the token's tenant; tenants are an "
        "allow-list."),
    "P05": Row("Signing keys change in the middle of calls.",
        "An unknown key id causes one look for keys in thirty seconds; old keys stay good."),
    "P06": Row("The keys cannot be fetched, and all notifications are refused.",
        "Keys are refreshed in the background, outlive an outage of days, and are kept on "
        "disk."),
    "P07": Row("Verification was switched off for a test and forgotten.",
        "There is no switch; with nothing to verify by, the start is refused."),
    "P08": Row("The first notification of a call comes in an older form.",
        "It is known by its shape and answered with 204; nothing begins with it."),
    "P09": Row("Old and new forms of several calls come mixed.",
        "Every post is judged by itself; no counter, no memory."),
    "P10": Row("Notifications hold types and words that nobody knows.",
        "They are acknowledged and passed over, and noted where they belong to a call. Not: "
        "counted, or kept in full."),
    "P11": Row("The same member is spelt in many ways.",
        "One reader takes all spellings that were seen; the call is the same with any of them."),
    "P12": Row("The charset in the header is not that of the body.",
        "Bodies are read as UTF-8 first, then as declared, with or without a byte order mark."),
    "P13": Row("Notifications are empty, or never come.",
        "An empty post makes us ask how the call is; everything that is awaited has a "
        "deadline. Not: asking before a call is given up of which both signs of life were "
        "lost."),
    "P14": Row("A call is said to be established several times.",
        "To become established is a step of our own state machine; media begin once, with the "
        "audio or two seconds later."),
    "P15": Row("Notifications come in the wrong order.",
        "The phase of a call only moves forward; after the end nothing has an effect."),
    "P16": Row("Something is over before its request is answered.",
        "What was wanted is stored before it is asked for, and found again by our own id."),
    "P17": Row("A prompt counts as completed, and nobody heard it.",
        "Only completed without an error code is done; all else takes the error exit."),
    "P18": Row("Bodies made by a library are refused.",
        "Bodies are written by hand, member by member; the simulator refuses everything else."),
    "P19": Row("Prompts are of the wrong format, or cannot be fetched.",
        "Files are checked when flows are loaded; `ivr doctor` fetches one as Graph would; a "
        "prompt that fails is tried once more, then the error exit is taken."),
    "P20": Row("A prompt was changed, and callers hear the old one.",
        "Audio is named by its content; what is made for one call is never cached."),
    "P21": Row("Prompts are refused in calls whose media we would have to host.",
        "Calls are answered with media left to the service; what fails is not repeated in a "
        "storm."),
    "P22": Row("A prompt was stopped, and the music plays on.",
        "The call goes on at once; nothing waits for the end of what was stopped. Not: a "
        "figure that counts it."),
    "P23": Row("The service cannot stop prompts at all.",
        "The refusal is taken as such: the call goes on, and the next prompt is heard after."),
    "P24": Row("A transfer cuts off the prompt before it.",
        "A transfer waits for the end of its prompt, or for a deadline if nobody tells the "
        "end."),
    "P25": Row("Keys are never told, or only late.",
        "The subscription is asked for again; a question has a way out for silence."),
    "P26": Row("With several people nobody can tell who pressed a key.",
        "`ivr check` warns of such questions; secrets are not asked for then."),
    "P27": Row("Keys come twice, swapped, or not at all.",
        "They are put in order by their numbers, and repeats dropped. Not: a count that starts "
        "again within a minute, which looks like repeats."),
    "P28": Row("Who hangs up while speaking loses the message.",
        "After a hang-up the variable may be empty, and flows can ask; a clip that survives is "
        "kept."),
    "P29": Row("A recording is gone when it is fetched later.",
        "It is fetched at once, and again while that may help; else the flow knows that it is "
        "lost."),
    "P30": Row("Silence ends a recording and is told as an error.",
        "Every result is a line of a table: a clip, silence, or a failure."),
    "P31": Row("Calls end after forty-five minutes.",
        "Keep-alives are deadlines in the store, tried until they work; people are told in "
        "time. Not: an alarm when a call was lost for want of one."),
    "P32": Row("A call is over, and we were never told.",
        "Any request that finds no call ends it here."),
    "P33": Row("The answer failed, and the bot believed in the call.",
        "A failed answer ends the call here; an unknown one is asked after first."),
    "P34": Row("A forgotten timer ends calls.",
        "All deadlines are named in the call's state; a call lasts as long as its flow."),
    "P35": Row("Calls are stuck while they are being established.",
        "After twenty seconds they are given up; the end says so, and attempts are bounded. "
        "Not: a result of its own, unless the flow names one."),
    "P36": Row("The first call after a start is lost.",
        "A node is ready when keys, token, flows and store are; nothing is loaded by the first "
        "call."),
    "P37": Row("No calls come in, and nobody notices.",
        "The node stays fit for the next call, however long it takes. Not: a test call of our "
        "own, or an alarm."),
    "P38": Row("Whoever is called cannot be reached.",
        "That is an ordinary outcome: the flow goes on, to the next target or a last word. "
        "Not: figures for each target."),
    "P39": Row("After a failed transfer there is no sound for a while.",
        "Prompts are offered again for three seconds; `answered` means no more than that the "
        "caller has left."),
    "P40": Row("A transfer that worked is told in several ways.",
        "All of them are known; an end after the other side has accepted is a transfer."),
    "P41": Row("After a transfer nothing more is told.",
        "The record of the call is closed with it, and nothing more is claimed."),
    "P42": Row("A transfer is refused for the wrong kind of target.",
        "Targets say of which kind and tenant they are, which is checked before any call. Not: "
        "a trial of each target by `ivr doctor`."),
    "P43": Row("The list of participants is empty or missing.",
        "No call between two depends on it; a list that cannot be had ends no call."),
    "P44": Row("Inviting somebody ends the call, or fails.",
        "Flows have an exit for both; what is unknown is looked up in the list of "
        "participants."),
    "P45": Row("Something happens to the caller, and nothing is told.",
        "Nothing is concluded from silence: the call is kept alive and goes on."),
    "P46": Row("Two nodes take the same call.",
        "The first one to write it down has it; the others stay quiet."),
    "P47": Row("The application is not registered for calls.",
        "The refusal is logged by its code; `ivr doctor` names the switch in the portal."),
    "P48": Row("A permission is missing, or the token is older than it.",
        "A new token is tried once; then the refusal stands, and `ivr doctor` says which "
        "consent."),
    "P49": Row("A token is of another tenant than the call.",
        "Tokens are kept by tenant, and the tenant is that of the verified sender."),
    "P50": Row("Telephones cannot be called without the right account.",
        "`ivr check` asks for the account; without one Graph is not even asked."),
    "P51": Row("The secret expires, and everything fails at once.",
        "Calls go on with the token they have; two secrets work side by side; `ivr doctor` "
        "warns a month before, where it may know. Not: managed identities."),
    "P52": Row("New bots belong to one tenant.",
        "That is the default: without more tenants only our own is served."),
    "P53": Row("A new number or licence takes hours to act.",
        "What is refused today works when it works, without a restart; `ivr doctor --watch` "
        "waits for it."),
    "P54": Row("Telephones cannot be called for want of credit or rights.",
        "The code says which, and the advice names the place. Not: fewer attempts than the "
        "flow allows."),
    "P55": Row("Too many calls or requests.",
        "Retry-After is kept in every form; a month's calls are counted and warned of; a "
        "used-up month is final."),
    "P56": Row("Placing a call fails with an unknown error.",
        "A call is never placed twice: what is unknown is settled by what it tells."),
    "P57": Row("Notifications of one call reach different nodes.",
        "Any node takes any of them; the call's state is in the store they share."),
    "P58": Row("Updates and failures of nodes drop calls.",
        "A node hands over what it has, and others take over what a dead one leaves."),
    "P59": Row("Callbacks go to an address that leads elsewhere.",
        "`ivr doctor` asks its own public address for a proof; a call without callbacks is "
        "ended in time."),
    "P60": Row("Nobody knows whether a request was carried out.",
        "Not sent, refused and unknown are told apart; what is unknown is asked after and "
        "never repeated where that could do harm. Not: a lost recording, which ends with its "
        "time."),
    "P61": Row("A tunnel or proxy hands on to the wrong place.",
        "`ivr doctor` tells what answers instead; our own addresses come from the settings, "
        "whatever a header says."),
    "P62": Row("The registered address is no longer the public one.",
        "Calls are served at any address that leads here; `ivr doctor` warns of names that "
        "change. Not: a comparison with the registration."),
    "P63": Row("What a refused notification brings depends on who refuses it.",
        "Nothing is built on being told again."),
    "P64": Row("Our certificate is not trusted, and nothing arrives.",
        "`ivr doctor` checks chain, name, TLS version and the days that are left."),
    "P65": Row("A certificate authority changes at the other side.",
        "The whole public bundle is trusted and nothing is pinned; a failed handshake is a "
        "request that was not sent."),
    "P66": Row("Secrets and callers' data end up in public logs.",
        "Logs keep known fields only; what a caller says or enters is sealed. Not: a bundle "
        "for support."),
    "P67": Row("One slow call holds up all others.",
        "Each call has its own turn; acknowledging waits for no effect. Not: figures of "
        "queues."),
    "P68": Row("Memory grows with every call.",
        "Whatever is kept of a call goes with it; a census after many calls shows it."),
    "P69": Row("A call gets two decisions, or none.",
        "One decision is stored for each call, and sent once."),
    "P70": Row("Two requests for one call get in each other's way.",
        "Requests of a line go one after the other; a transfer in the way is asked after."),
}  # fmt: skip
