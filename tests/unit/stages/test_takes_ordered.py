"""Further pictures of a prompt: ordered once, gone on with, and put back with the text they were made with."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tasks.project.paths import Paths
from tasks.project.run_paths import RunPaths
from tasks.project.settings import Settings
from tasks.prompts import revisions_file
from tasks.prompts.revisions import Edit, Revision
from tasks.requests import takes_file
from tasks.requests.orders_file import PlacedOrder
from tasks.requests.request import Request
from tasks.runs import manifest, results
from tasks.runs.manifest import Item, Manifest, State
from tasks.runs.run import Run
from tasks.session.session import Session
from tasks.stages.takes_ordered import NG, candidates, chosen, marked, order, order_placed, pick
from tasks.text.errors import BadInput, NoKey, Stop
from tasks.views.pages import review_file
from tasks.views.pages.review_file import Verdict
from tests.support import facts
from tests.support.studio import Studio, story

AT = "2026-11-29T20:14:00Z"


@dataclass
class Desk:
    """A run of three prompts, of which the third was never made; no provider."""

    session: Session
    paths: RunPaths

    @property
    def run(self) -> Run:
        return self.session.runs.reopen(self.paths, ())

    def came(self, *requests: Request) -> None:
        """Pictures of these are there now."""
        self.run.add([facts.line(each.prompt_id, each.digest, key=each.key) for each in requests])

    def take_came(self, name: str, number: int) -> None:
        """The picture of a take is there now."""
        take = takes_file.read(self.paths.folder)[name].take(number)
        assert take
        self.came(candidates(self.run).request(name, take))

    def order(self, *names: str, slot: str | None = None, **count: int) -> None:
        order(self.session, self.run, names, slot, **count)

    def pick(self, number: int, *names: str) -> None:
        pick(self.session, self.run, names or ["0002"], number)

    def change(self, revision: Revision | None) -> None:
        lock = self.session.paths.lock("revisions.CH01-001")
        revisions_file.save(self.paths.folder, lock, {"0002": revision})

    def show(self, name: str) -> None:
        """A gallery shows every take of a prompt."""
        kept = takes_file.read(self.paths.folder)
        for take in kept[name].ordered:
            kept[name] = kept[name].shown(take.number, AT)
        takes_file.save(self.paths.folder, kept)

    def ordered(self, name: str = "0002") -> list[int]:
        """The numbers of its takes, the wanted one first."""
        its = takes_file.read(self.paths.folder)[name]
        numbers = [take.number for take in its.ordered]
        return [its.picked, *(each for each in numbers if each != its.picked)]


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setenv("GEMINI_API_KEY", "a-key")
    studio = Studio(tmp_path / "project", None)
    studio.prompts(story(3))
    with Session(Paths(studio.folder), Settings()) as session:
        desk = Desk(session, session.paths.run("CH01", "001"))
        session.runs.own([desk.paths])
        desk.came(*desk.run.wanted[:2])
        yield desk


CHANGE = Revision(AT, prompt=Edit(story(3)["0002"], "海辺の猫"))


def test_an_order_that_nobody_saw_yet_is_gone_on_with(desk: Desk) -> None:
    """The same command after a crash orders nothing more; once its picture was shown, or by another slot, it does."""
    desk.order("0002")
    before = (desk.paths.folder / "takes.json").read_bytes()
    desk.order("0002")
    assert (desk.paths.folder / "takes.json").read_bytes() == before
    desk.order("0002", slot="i-1")
    assert desk.ordered() == [3, 1, 2]
    desk.show("0002")
    desk.order("0002", slot="i-1", count=2)
    assert desk.ordered() == [5, 1, 2, 3, 4]
    digests = [take.digest for take in takes_file.read(desk.paths.folder)["0002"].ordered]
    assert len(set(digests)) == 5


def test_another_text_is_another_order(desk: Desk) -> None:
    """What was ordered before the change is not gone on with, and the other way round."""
    desk.order("0002")
    desk.change(CHANGE)
    desk.order("0002")
    assert desk.ordered() == [3, 1, 2]
    desk.order("0002")
    assert desk.ordered() == [3, 1, 2]
    desk.change(None)
    desk.order("0002")
    assert desk.ordered() == [4, 1, 2, 3]


def test_what_was_never_made_or_is_on_its_way_is_not_ordered_again(desk: Desk) -> None:
    """The first picture first; and nothing is written for the others that were named with it."""
    with pytest.raises(Stop, match="the first picture of 0003 was never made"):
        desk.order("0002", "0003")
    wanted = desk.run.wanted[2]
    item = Item(wanted.key, "0003", wanted.digest, "d" * 64)
    open_ = replace(facts.submission(state=State.SUBMITTED, job="batches/j1"), requests=(item,))
    manifest.save(desk.paths.manifest, Manifest("CH01-001", (open_,)))
    with pytest.raises(Stop, match="the first picture of 0003 is on its way"):
        desk.order("0002", "0003")
    assert not (desk.paths.folder / "takes.json").exists()


def test_without_a_key_nothing_is_ordered(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """It could not be sent."""
    monkeypatch.delenv("GEMINI_API_KEY")
    with pytest.raises(NoKey):
        desk.order("0002")
    assert not (desk.paths.folder / "takes.json").exists()


def test_a_take_is_put_back_and_the_text_stays(desk: Desk) -> None:
    """Where it was made with what is asked for now, nothing but the pick changes."""
    desk.order("0001", "0002")
    for name in ("0001", "0002"):
        desk.take_came(name, 2)
    desk.pick(1, "0001", "0002")
    assert (desk.ordered("0001"), desk.ordered("0002")) == ([1, 2], [1, 2])
    desk.pick(2)
    assert (desk.ordered("0001"), desk.ordered("0002")) == ([1, 2], [2, 1])
    assert not (desk.paths.folder / "revisions.json").exists()


def test_a_take_brings_back_the_text_with_which_it_was_made(desk: Desk) -> None:
    """The first one the file's own, and the second one the change; nothing is bought again for either."""
    desk.change(CHANGE)
    desk.order("0002")
    desk.take_came("0002", 2)
    desk.pick(1)
    assert (desk.ordered(), revisions_file.read(desk.paths.folder)) == ([1, 2], {})
    desk.pick(2)
    kept = revisions_file.read(desk.paths.folder)
    assert desk.ordered() == [2, 1] and kept["0002"].same(CHANGE) and list(kept) == ["0002"]


def test_a_take_that_is_not_there_is_not_put_back(desk: Desk) -> None:
    """One that was never made, or never ordered: nothing is changed, not for the other prompt either."""
    desk.order("0001", "0002")
    desk.take_came("0001", 2)
    before = (desk.paths.folder / "takes.json").read_bytes()
    with pytest.raises(Stop, match="take 2 of 0002 was not made with its present text and model"):
        desk.pick(2, "0001", "0002")
    with pytest.raises(BadInput, match="0002 has no take 9; there is 1, 2"):
        desk.pick(9)
    with pytest.raises(BadInput, match="0003 has no take 2; there is 1 only"):
        desk.pick(2, "0003")
    assert (desk.paths.folder / "takes.json").read_bytes() == before


def test_ng_means_the_pictures_that_were_judged_so(desk: Desk) -> None:
    """Not those that were made again since, and those whose order was not shown yet too."""
    shown, lock = desk.run.lines.shown, desk.session.paths.lock("review")
    for name, verdict, sha256 in (
        ("0001", review_file.NG, "e" * 64),  # of another picture
        ("0002", review_file.NG, str(shown["0002"].image_sha256)),
        ("0003", review_file.NG, "e" * 64),  # nothing is there
    ):
        review_file.save(desk.paths.folder, lock, name, Verdict(verdict, "", AT, sha256))
    assert marked(desk.run) == ["0002"] == chosen(desk.run, [NG])
    review_file.save(desk.paths.folder, lock, "0002", Verdict(review_file.OK, "", AT, str(shown["0002"].image_sha256)))
    assert marked(desk.run) == []
    desk.order("0001")
    assert marked(desk.run) == ["0001"]
    desk.show("0001")
    assert marked(desk.run) == []
    assert chosen(desk.run, ["2", "0001", "0002"]) == ["0002", "0001"]


@pytest.mark.parametrize(("share", "is_ordered"), [(1.0, True), (0.9, True), (0.5, False)])
def test_a_click_of_yesterday_holds_for_about_its_price(desk: Desk, share: float, is_ordered: bool) -> None:
    """A text that got a little longer stops no order; one that costs far more than was told is asked about again."""
    usd = sum(map(desk.run.estimate, candidates(desk.run).plain.values()))
    placed = PlacedOrder("k3x9a7p2", AT, {"0001": (2, 3, 4), "0002": (2, 3, 4)}, 2 * usd * share)
    if is_ordered:
        order_placed(desk.session, desk.run, placed)
        assert (desk.ordered("0001"), desk.ordered("0002")) == ([4, 1, 2, 3], [4, 1, 2, 3])
    else:
        with pytest.raises(Stop, match="was confirmed: nothing was ordered"):
            order_placed(desk.session, desk.run, placed)
        assert not (desk.paths.folder / "takes.json").exists()


def test_what_was_ordered_is_on_record_as_it_is_sent(desk: Desk) -> None:
    """The wanted take is the run's request now, and its digest is none that another prompt has."""
    desk.order("0002", count=2)
    [run] = desk.session.runs.opened()
    wanted = {each.prompt_id: each.digest for each in run.wanted}
    its = takes_file.read(desk.paths.folder)["0002"]
    assert wanted["0002"] == its.newest.digest and [each.prompt_id for each in run.beside] == ["0002"]
    assert {line.digest for line in results.read(desk.paths.results)}.isdisjoint(
        take.digest for take in its.ordered[1:]
    )
