"""What goes wrong around the service: with processes, the network, and the configuration."""

from __future__ import annotations

from ivr.simulator.faults.named import Named, elsewhere

PROXY = "`ivr.simulator.faults.network.Proxy`"
PROCESS = "ivr.simulator.faults.process"

CONFIGURATION = (
    elsewhere("no_validation", "P07", "configuration",
              "Somebody wants notifications to be taken without a valid token.",
              "There is no such setting: an empty `IVR_WEBHOOK_ISSUERS` must be refused at start."),
    elsewhere("single_tenant", "P52 P04", "configuration",
              "The bot is of a single tenant, and calls of others come in.",
              "`IVR_TENANTS` names one tenant; place a call with another `tenant`."),
    elsewhere("wrong_callback", "P59", "configuration",
              "Calls come in, and nothing that follows reaches us.",
              "`IVR_PUBLIC_URL` with a path or host that leads elsewhere."),
    elsewhere("plain_http", "P61", "configuration", "The public address is plain http.",
              "`IVR_PUBLIC_URL=http://...` of a host that is not this machine."),
    elsewhere("registration_differs", "P62", "configuration",
              "The registered webhook is another address than the public one.",
              "`ivr sim serve --webhook` with another host than `IVR_PUBLIC_URL`."),
)  # fmt: skip

NETWORK = (
    elsewhere("tunnel_answers_502", "P61 P63", "network",
              "The tunnel before us answers for us: 502.", f"{PROXY} with `answers(502)`."),
    elsewhere("tunnel_answers_400", "P63", "network",
              "The tunnel before us answers 400 when we are down.",
              f"{PROXY} with `answers(400)`."),
    elsewhere("wrong_host", "P61", "network", "Requests come with another Host header.",
              f"{PROXY} with `rewrites(b'Host', ...)`."),
    elsewhere("no_handshake", "P64 P65", "network", "The other side breaks off TLS handshakes.",
              f"{PROXY} with `speaks(b'...')`: what it says is no TLS."),
    elsewhere("connection_refused", "P61 P37", "network", "Nobody listens at the address.",
              f"{PROXY} that is closed."),
    elsewhere("connection_hangs", "P35 P60", "network",
              "A connection is taken and nothing ever comes of it.", f"{PROXY} with `hangs()`."),
    elsewhere("connection_reset", "P60", "network",
              "A connection is reset in the middle of an answer.",
              f"{PROXY} with `resets(bytes)`."),
    elsewhere("connection_slow", "P35", "network", "Bytes come slowly.",
              f"{PROXY} with `slows(bytes, seconds)`."),
    elsewhere("round_robin", "P57", "network",
              "Every notification goes to another node than the one before.",
              "`POST /sim/nodes`."),
)  # fmt: skip

PROCESSES = (
    elsewhere("node_killed", "P57 P58", "process", "The node that acts for a call is killed.",
              f"`{PROCESS}.kill`."),
    elsewhere("node_paused", "P57 P58", "process",
              "The node that acts for a call is paused for a while, and wakes up.",
              f"`{PROCESS}.paused`."),
    elsewhere("rolling_restart", "P58", "process",
              "One node after the other is ended in good order and started again, under load.",
              f"`{PROCESS}.end`, node by node."),
    elsewhere("slow_step", "P67", "process",
              "One call's business system takes thirty seconds; no other call waits.",
              "A business system that sleeps; `http` states have a time limit of their own."),
    elsewhere("cold_process", "P36", "process", "A process that has just started takes a call.",
              "Start `ivr serve`, and place a call as soon as it is ready."),
    elsewhere("objects_left_over", "P68", "process",
              "After many calls nothing of them is left in memory.",
              f"`{PROCESS}.alive`, before and after."),
    elsewhere("canaries", "P66", "process",
              "Secrets and personal data of a call turn up in a log.",
              f"`{PROCESS}.canaries` for caller, name and token; then search every sink."),
)  # fmt: skip

AROUND: tuple[Named, ...] = (*CONFIGURATION, *NETWORK, *PROCESSES)
