"""Slack gets each event once, whatever happens to it; what people write there comes back into the inbox."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tasks.inbox import events, inbox
from tasks.inbox.delivery import deliver
from tasks.inbox.events import FAILED, NOTE, Event
from tasks.inbox.posted import Posted, of_slack, read_posted, write_posted
from tasks.project.paths import Paths
from tests.support import environment
from tests.support.slack_stand_in import CHANNEL, PATH, PERSON, TOKEN, SlackStandIn


@pytest.fixture
def slack(monkeypatch: pytest.MonkeyPatch) -> Iterator[SlackStandIn]:
    with SlackStandIn() as stand_in:
        environment.use(monkeypatch, stand_in.env)
        monkeypatch.setattr("tasks.inbox.posting.BETWEEN", 0)
        yield stand_in


@pytest.fixture
def places(tmp_path: Path) -> Paths:
    return Paths(tmp_path / "project")


def failures(count: int, text: str = "503 <UNAVAILABLE> & 混雑") -> list[Event]:
    subjects = (f"CH01-251 {number:04d}" for number in range(1, count + 1))
    return [Event(FAILED, subject, text, "doit visual CH=CH01 RUN=251", "1") for subject in subjects]


def tell(places: Paths, *told: Event) -> list[str]:
    """Record and deliver as a command does; the keys of all events so far."""
    events.record(places, told)
    deliver(places)
    return [entry.event.id for entry in events.read(places)]


def sync(places: Paths) -> list[str]:
    """doit inbox SYNC=1, in this process; the texts of all notes."""
    from tasks.inbox.slack_api import connect
    from tasks.inbox.slack_notes import sync

    sync(places, *connect())
    inbox.refresh(places)
    return [entry.event.text for entry in events.read(places) if entry.event.kind == NOTE]


def test_one_message_per_command_and_never_again(places: Paths, slack: SlackStandIn) -> None:
    """Three events are one message; the same happenings later, and commands without events, send nothing."""
    keys = tell(places, *failures(3))
    assert slack.keys == keys and len(slack.posts) == 1
    tell(places, *failures(3))
    deliver(places)
    assert len(slack.asked) == 1
    assert "&lt;UNAVAILABLE&gt; &amp; 混雑" in slack.posts[0]


def test_many_events_are_split_under_slacks_limit(places: Paths, slack: SlackStandIn) -> None:
    """Messages stay short, and together they hold every event once and in order, over two commands."""
    keys = tell(places, *failures(200, "混雑" * 60))
    deliver(places)
    assert slack.keys == keys
    assert max(map(len, slack.posts)) < 4000


@pytest.mark.parametrize("answer", [500, 503, 404, 0, (429, 3600)])
def test_nothing_is_lost_when_slack_is_down(
    places: Paths, slack: SlackStandIn, capsys: pytest.CaptureFixture[str], answer: object
) -> None:
    """A day of refusals: each is said without the address, and later every event arrives once."""
    slack.answers = [answer]
    tell(places, *failures(1))
    said = capsys.readouterr().err
    assert "not in Slack yet" in said and "verysecret" not in said and "services" not in said
    assert slack.posts == []
    write_posted(of_slack(places), replace(read_posted(of_slack(places)), not_before=0.0))  # the hour is over
    keys = tell(places, *failures(2))
    assert slack.keys == keys and len(keys) == 2


def test_a_short_wait_is_waited_and_a_long_one_kept(places: Paths, slack: SlackStandIn) -> None:
    """429 with one second: the same command posts; with an hour: no request is made until then."""
    slack.answers = [(429, 1)]
    tell(places, *failures(1))
    assert len(slack.posts) == 1
    slack.answers = [(429, 3600)]
    tell(places, *failures(2))
    deliver(places)
    assert len(slack.asked) == 3 and len(slack.posts) == 1


def test_a_lost_answer_is_posted_again_under_the_same_key(places: Paths, slack: SlackStandIn) -> None:
    """Accepted, but the connection broke: late rather than never, and the key shows that the two are one."""
    slack.answers = ["lost"]
    [key] = tell(places, *failures(1))
    deliver(places)
    assert slack.keys == [key, key]


def test_an_unsafe_address_gets_nothing(places: Paths, slack: SlackStandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    """http:// to another machine is refused, in words without the address; the events stay."""
    monkeypatch.setenv("SLACK_WEBHOOK_URL", f"http://example.com{PATH}")
    tell(places, *failures(1))
    assert slack.asked == [] and len(events.read(places)) == 1


def test_set_up_late_it_is_not_flooded(places: Paths, slack: SlackStandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was ticked before Slack was ever set up is not posted."""
    monkeypatch.delenv("SLACK_WEBHOOK_URL")
    first, second = tell(places, *failures(2))
    inbox.done(places, [first])
    monkeypatch.setenv("SLACK_WEBHOOK_URL", slack.env["SLACK_WEBHOOK_URL"])
    deliver(places)
    assert slack.keys == [second]


def test_what_people_write_comes_back(places: Paths, slack: SlackStandIn) -> None:
    """Messages and replies over several pages become entries, once; our own posts do not; nothing goes back."""
    [key] = tell(places, *failures(1))
    for number in range(5):
        slack.write(f"指示その{number}")
    slack.write("やり直してください", thread=slack.channel[0]["ts"])
    notes = sync(places)
    assert sorted(notes) == [*(f"re {key}: やり直してください",), *(f"指示その{number}" for number in range(5))]
    assert sync(places) == notes
    deliver(places)
    assert len(slack.posts) == 1
    text = inbox.path(places).read_text()
    assert text.count("kind=note src=slack who=human") == 6
    assert f"src=slack who=human CH01-251 0001 | re {key}: やり直してください" in text


def test_edits_and_late_replies(places: Paths, slack: SlackStandIn) -> None:
    """An edit changes the entry and opens it again; a late reply in a known thread is found, and so is its edit."""
    ts = slack.write("赤くして")
    sync(places)
    [entry] = events.read(places)
    inbox.done(places, [entry.event.id])
    slack.edit(ts, "青くして")
    reply = slack.write("急ぎで", thread=ts)
    assert sync(places) == ["青くして", f"re {entry.event.id}: 急ぎで"]
    text = inbox.path(places).read_text()
    assert "赤くして" not in text and f"- [ ] {entry.event.at} key={entry.event.id}" in text
    slack.edit(reply, "急がなくてよい")
    assert sync(places)[1].endswith("急がなくてよい")


def test_no_token_and_no_slack_id_in_what_people_read(places: Paths, slack: SlackStandIn) -> None:
    """Mentions, ids, links and pasted keys are taken out; ids lie in the ignored folder and nowhere else."""
    slack.write(f"<@{PERSON}> 鍵は AIzaSyA1234567890abcdefghij です <#{CHANNEL}|制作> {CHANNEL} &lt;b&gt;")
    tell(places, *failures(1))
    sync(places)
    for path in places.workspaces.rglob("*"):
        if path.is_file() and ".slack" not in path.parts:
            data = path.read_bytes()
            assert not [word for word in (PERSON, CHANNEL, "AIzaSy", TOKEN, "verysecret") if word.encode() in data], (
                path
            )
        if path.is_file():
            assert TOKEN.encode() not in path.read_bytes() and b"verysecret" not in path.read_bytes()
    assert "鍵は [redacted] です #制作" in inbox.path(places).read_text()


@pytest.mark.parametrize(
    "spoilt",
    [
        b'{"through": "x"}',
        b'{"through": -1}',
        b'{"last": 7}',
        b'{"not_before": "soon"}',
        b'{"not_before": null}',
        b'{"through": 1e999}',
        b"[1, 2]",
        b'{"other": 1}',
        b"{",
    ],
)
def test_spoilt_notes_of_posting_are_no_notes(places: Paths, spoilt: bytes) -> None:
    """posted.json is a cache: with anything else in it, nothing counts as posted, and no command ends because of it."""
    write_posted(of_slack(places), Posted())
    (places.inbox / ".slack" / "posted.json").write_bytes(spoilt)
    assert read_posted(of_slack(places)) == Posted(first=True)
