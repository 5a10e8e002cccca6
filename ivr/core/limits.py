"""The limits of a running call, in one place. Reaching one is an ordinary, tested outcome."""

MAX_VISITS_OF_A_STATE = 10
MAX_VISITS_OF_A_CALL = 200
OVERRUN_VISITS = 20
"""How many more states an overrun call may visit to say goodbye."""

MAX_DEPTH = 8
MAX_TYPE_AHEAD = 32
MAX_HELD_TONES = 32
MAX_SCOPE_BYTES = 64 * 1024
MAX_PROMPTS_AT_ONCE = 20

ANSWER_WITHIN = 10_000
"""Graph gives 15 s to answer; what happens before the answer shares this budget (ms)."""

ESTABLISH_WITHIN = 20_000
AUDIO_GRACE = 2_000
"""How long an established call may stay without word of its audio before we speak anyway."""

BACK_ON_LINE_WITHIN = 3_000
KEEP_ALIVE_EVERY = 15 * 60_000
TONE_GAP = 1_000
"""How long a tone waits for the one before it."""

SWALLOW_END_KEY = 1_000
AFTER_HANG_UP = 60_000
"""How long states that need no caller may run on after the caller has gone."""

HANG_UP_WITHIN = 10_000
FETCH_WITHIN = 60_000
PLAY_MARGIN = 10_000
RECORD_MARGIN = 15_000
MAX_DURATION = 3_600_000
GOODBYE_AFTER_MAX_DURATION = 60_000

PLACE_MARGIN = 5_000
"""What the service may take to place a call, beside the time that it rings."""

JOIN_WITHIN = 300_000
"""How long we wait to be let into a meeting, its lobby included."""

SETTLE_WITHIN = 20_000
"""How long nobody knows whether something was carried out, at most."""

LOOK_AFTER = 2_000
"""How long word of what nobody knows may take before we ask how the call is."""

LOOK_AGAIN_AFTER = 5_000
STRAY_WITHIN = 120_000
"""How long a leg that is wanted no more is watched, so that it is hung up when it turns up."""

TONES_RESTART_AFTER = 60_000
"""A tone numbered 1 so long after the last one begins a new count; before, it is a repetition."""
