"""The key cache: what is taken from a published document, and how outages are lived through."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine

import pytest

from ivr.errors import UsageError
from ivr.graph.keys import HALF_LIFE, MIN_GAP, RETIRED_LIFE, STALE_LIFE, KeyCache
from tests.graph.signing import METADATA, Publisher, Signer, VirtualClock, key_set, publisher_of

OLD, NEW = Signer("old"), Signer("new")
KEYS_AT = "https://api.aps.skype.com/v1/keys"


def cache_on(publisher: Publisher, clock: VirtualClock, *urls: str) -> KeyCache:
    return KeyCache(urls or (METADATA,), publisher.fetch, clock)


def returns_at_once(find: Coroutine[object, object, object]) -> object:
    """Run a coroutine without an event loop: it must not wait for anything."""
    with pytest.raises(StopIteration) as stopped:
        find.send(None)
    return stopped.value.value


async def settle() -> None:
    """Wait for a refresh under way in the background, if there is one."""
    under_way = asyncio.all_tasks() - {asyncio.current_task()}
    if under_way:
        await asyncio.wait(under_way)


async def test_a_key_is_found_by_its_id() -> None:
    cache = cache_on(publisher_of([OLD, NEW]), VirtualClock())
    assert not cache.ready
    found = await cache.find("new")
    assert found is not None
    assert found.public_numbers() == NEW.key.public_key().public_numbers()
    assert cache.ready


async def test_a_known_key_is_found_without_waiting_or_fetching() -> None:
    publisher = publisher_of([OLD])
    cache = cache_on(publisher, VirtualClock())
    assert await cache.refresh()
    for _ in range(1000):
        assert returns_at_once(cache.find("old")) is not None
    assert publisher.asked == [METADATA, KEYS_AT]
    assert len(asyncio.all_tasks()) == 1


async def test_fifty_lookups_of_an_unknown_key_at_once_are_one_fetch() -> None:
    publisher = publisher_of([OLD])
    publisher.hold = asyncio.Event()
    cache = cache_on(publisher, VirtualClock())
    lookups = [asyncio.create_task(cache.find("old")) for _ in range(50)]
    await asyncio.sleep(0)
    publisher.hold.set()
    assert None not in await asyncio.gather(*lookups)
    assert publisher.asked == [METADATA, KEYS_AT]


async def test_a_caller_that_gives_up_does_not_end_the_fetch_of_the_others() -> None:
    publisher = publisher_of([OLD])
    publisher.hold = asyncio.Event()
    cache = cache_on(publisher, VirtualClock())
    hasty, patient = (asyncio.create_task(cache.find("old")) for _ in range(2))
    await asyncio.sleep(0)
    hasty.cancel()
    await asyncio.wait([hasty])
    publisher.hold.set()
    assert await patient is not None


async def test_a_flood_of_random_key_ids_fetches_once_in_thirty_seconds() -> None:
    publisher = publisher_of([OLD])
    clock = VirtualClock()
    cache = cache_on(publisher, clock)
    for n in range(5000):
        assert await cache.find(f"random-{n}") is None
        clock.advance(MIN_GAP / 1000)
    assert publisher.refreshes() == 5  # 5,000 lookups in 150 seconds
    assert await cache.find("old") is not None


@pytest.mark.parametrize("kid", ["", "../../dev/null", "' OR 1=1--", "k\n", "k" * 65, "schlüssel"])
async def test_an_impossible_key_id_never_causes_a_fetch(kid: str) -> None:
    publisher = publisher_of([OLD])
    assert await cache_on(publisher, VirtualClock()).find(kid) is None
    assert publisher.asked == []


async def test_a_clock_set_back_does_not_put_off_the_next_fetch() -> None:
    publisher, clock = publisher_of([OLD]), VirtualClock()
    cache = cache_on(publisher, clock)
    assert await cache.find("new") is None
    publisher.publish(NEW)
    clock.advance(-7200)
    assert await cache.find("new") is not None


async def test_rotation_without_overlap_is_noticed_at_the_first_new_token() -> None:
    publisher, clock = publisher_of([OLD]), VirtualClock()
    cache = cache_on(publisher, clock)
    await cache.refresh()
    publisher.publish(NEW)
    assert await cache.find("new") is not None
    assert await cache.find("old") is not None  # tokens signed before the rotation still arrive


async def test_a_withdrawn_key_is_good_for_the_life_of_its_last_token_and_no_longer() -> None:
    publisher, clock = publisher_of([OLD]), VirtualClock()
    cache = cache_on(publisher, clock)
    await cache.refresh()
    publisher.publish(NEW)
    await cache.refresh()
    for _ in range(24):  # a later refresh must not lengthen its life
        clock.advance(RETIRED_LIFE / 24 - 1)
        await cache.refresh()
    assert await cache.find("old") is not None
    clock.advance(24)
    assert await cache.find("old") is None
    assert await cache.find("new") is not None


async def test_key_sets_that_flap_keep_both_keys() -> None:
    publisher, clock = Publisher(), VirtualClock()
    cache = cache_on(publisher, clock)
    for n in range(60):
        publisher.publish(OLD if n % 2 else NEW)
        await cache.refresh()
        clock.advance(HALF_LIFE)
    assert await cache.find("old") is not None
    assert await cache.find("new") is not None


async def test_keys_are_fetched_again_in_the_background_at_half_of_their_life() -> None:
    publisher, clock = publisher_of([OLD]), VirtualClock()
    cache = cache_on(publisher, clock)
    await cache.refresh()
    publisher.publish(OLD, NEW)
    clock.advance(HALF_LIFE - 1)
    assert await cache.find("old") is not None
    assert publisher.refreshes() == 1
    clock.advance(1)
    publisher.hold = asyncio.Event()
    for _ in range(10):
        assert returns_at_once(cache.find("old")) is not None
    publisher.hold.set()
    await settle()
    assert publisher.refreshes() == 2
    assert returns_at_once(cache.find("new")) is not None


async def test_an_endpoint_down_for_hours_rejects_nothing() -> None:
    publisher, clock = publisher_of([OLD]), VirtualClock()
    cache = cache_on(publisher, clock)
    await cache.refresh()
    publisher.go_down()
    for _ in range(12 * 60):
        clock.advance(60)
        assert await cache.find("old") is not None
        await settle()
    assert 130 < publisher.refreshes() < 146  # an attempt every five minutes, not every time
    publisher.publish(NEW)  # back, and rotated meanwhile
    assert await cache.find("new") is not None
    assert await cache.find("old") is not None


async def test_keys_outlive_their_endpoint_by_a_weekend_but_not_for_ever() -> None:
    publisher, clock = publisher_of([OLD]), VirtualClock()
    cache = cache_on(publisher, clock)
    await cache.refresh()
    publisher.go_down()
    clock.advance(STALE_LIFE - 1)
    assert await cache.find("old") is not None
    await settle()
    clock.advance(1)
    assert await cache.find("old") is None
    assert not cache.ready


async def test_a_cold_start_during_an_outage_recovers_by_itself() -> None:
    publisher, clock = Publisher(), VirtualClock()
    cache = cache_on(publisher, clock)
    assert not await cache.refresh()
    assert await cache.find("old") is None
    publisher.publish(OLD)
    assert await cache.find("old") is None
    clock.advance(MIN_GAP)
    assert await cache.find("old") is not None


GARBAGE = {
    "html": b"<html>maintenance</html>",
    "truncated": key_set(OLD)[:-40],
    "nothing": b"",
    "empty list": b'{"keys":[]}',
    "no list": b'{"keys":{}}',
    "other json": b"[1]",
    "deep": b'{"keys":' + b"[" * 100_000,
    "not utf-8": b'{"keys":"\xff"}',
    "huge": b" " * 300_000 + key_set(OLD),
    "no usable key": json.dumps({"keys": [{"kty": "EC", "kid": "e"}, 7, None]}).encode(),
}


@pytest.mark.parametrize("name", GARBAGE)
@pytest.mark.parametrize("page", [METADATA, KEYS_AT])
async def test_garbage_never_replaces_good_keys(name: str, page: str) -> None:
    publisher, clock = publisher_of([OLD]), VirtualClock()
    cache = cache_on(publisher, clock)
    await cache.refresh()
    publisher.pages[page] = GARBAGE[name]
    clock.advance(HALF_LIFE)
    assert await cache.refresh()
    assert await cache.find("old") is not None


async def test_a_time_out_is_logged_without_the_answer(caplog: pytest.LogCaptureFixture) -> None:
    publisher = publisher_of([OLD])
    publisher.pages[KEYS_AT] = TimeoutError("secret detail")
    assert not await cache_on(publisher, VirtualClock()).refresh()
    assert "TimeoutError" in caplog.text
    assert "secret detail" not in caplog.text


async def test_a_key_may_be_in_the_second_document_only() -> None:
    gov = "https://apigcch.botframework.azure.us/v1/.well-known/OpenIdConfiguration"
    publisher, clock = publisher_of([OLD]), VirtualClock()
    publisher.publish(NEW, at=gov)
    cache = cache_on(publisher, clock, METADATA, gov)
    assert await cache.find("new") is not None
    publisher.pages[METADATA] = ConnectionError()  # one host's outage is not the other's
    clock.advance(HALF_LIFE)
    await cache.refresh()
    assert await cache.find("old") is not None
    assert await cache.find("new") is not None


async def test_the_first_document_wins_where_two_name_the_same_key_id() -> None:
    second = "https://login.botframework.com/v1/.well-known/openidconfiguration"
    publisher = publisher_of([OLD])
    publisher.publish(at=second)
    publisher.pages["https://login.botframework.com/v1/keys"] = json.dumps(
        {"keys": [NEW.jwk(kid="old")]}
    ).encode()
    found = await cache_on(publisher, VirtualClock(), METADATA, second).find("old")
    assert found is not None
    assert found.public_numbers() == OLD.key.public_key().public_numbers()


@pytest.mark.parametrize(
    "urls", [(), ("http://api.aps.skype.com/x",), (METADATA, "http://10.0.0.1/x"), ("skype",)]
)
def test_a_setting_that_is_not_safe_is_refused_in_words(urls: tuple[str, ...]) -> None:
    with pytest.raises(UsageError, match="IVR_WEBHOOK_METADATA_URLS"):
        KeyCache(urls, Publisher().fetch, VirtualClock())


async def test_closing_gives_up_the_refresh_under_way() -> None:
    publisher = publisher_of([OLD])
    publisher.hold = asyncio.Event()
    cache = cache_on(publisher, VirtualClock())
    lookup = asyncio.create_task(cache.find("old"))
    await asyncio.sleep(0)
    await cache.aclose()
    assert await lookup is None
    await cache.aclose()
