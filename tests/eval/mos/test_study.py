"""The opinion study: what raters are dealt, what is stored, the CSV, and the commands."""

import io
import struct
from collections import Counter

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from colorizer.images import InputError
from eval.mos import __main__ as command
from eval.mos import analysis
from eval.mos import study as store

DRAWINGS = 7
SYSTEMS = ("ours", "pix2pix", "base")


def token(number):
    return f"{number:032x}"


@pytest.fixture
def folders(tmp_path):
    """Folders of three systems; each picture's file names its system."""
    about = PngInfo()
    about.add_text("Software", "pix2pix")
    for number, system in enumerate(SYSTEMS):
        (tmp_path / system / "deep").mkdir(parents=True)
        for drawing in range(DRAWINGS):
            picture = Image.new("RGB", (12, 8), (number, drawing, 0))
            picture.save(tmp_path / system / "deep" / f"{drawing}.png", pnginfo=about)
    return {system: tmp_path / system for system in SYSTEMS}


@pytest.fixture
def words(folders):
    return [f"{system}={folder}" for system, folder in folders.items()]


@pytest.fixture
def study(tmp_path, words):
    store.create(tmp_path / "study", store.list_systems(words), 10)
    return tmp_path / "study"


def seen_by(study, rater):
    """Return (system number, drawing number) of a rater's pictures in order, from their pixels."""
    total = store.join(study, rater)["total"]
    pngs = [store.picture(study, rater, position) for position in range(total)]
    return [tuple(pixel[:2]) for pixel in (decode(png)[0, 0].tolist() for png in pngs)]


def decode(png):
    with Image.open(io.BytesIO(png)) as picture:
        return np.asarray(picture.convert("RGB"))


def test_a_rater_gets_all_systems_of_each_drawing(study) -> None:
    seen = seen_by(study, token(1))
    assert len(seen) == len(set(seen)) == 9  # 10 a person, three systems
    assert set(Counter(drawing for _, drawing in seen).values()) == {3}


def test_drawings_are_dealt_evenly_and_in_orders_of_their_own(study) -> None:
    orders = [seen_by(study, token(n)) for n in range(15)]
    counts = Counter(picture for order in orders for picture in order)
    assert len(counts) == DRAWINGS * len(SYSTEMS)
    assert max(counts.values()) - min(counts.values()) <= 1
    assert len({tuple(system for system, _ in order) for order in orders}) > 1


def test_a_rater_comes_back_to_the_same_pictures(study) -> None:
    first = seen_by(study, token(1))
    assert store.rate(study, token(1), 0, 4) == {"position": 1, "total": 9}
    store.join(study, token(2))
    assert store.join(study, token(1)) == {"position": 1, "total": 9}
    assert seen_by(study, token(1)) == first


def test_expecting_deals_nothing(study) -> None:
    assert store.join(study, token(1), begins=False) == {"position": 0, "total": 9}
    with pytest.raises(InputError, match="no picture 1"):
        store.picture(study, token(1), 0)


def test_a_rating_is_stored_once_and_may_be_changed_or_undone(study) -> None:
    store.join(study, token(1))
    for score in (2, 2, 5):
        store.rate(study, token(1), 0, score)
    assert [row["score"] for row in store.ratings(study)] == [5]
    for _ in range(2):
        assert store.rate(study, token(1), 0, None) == {"position": 0, "total": 9}
    assert store.ratings(study) == []


def test_stored_ratings_name_the_picture_that_was_seen(study) -> None:
    seen = seen_by(study, token(1))
    for position in range(9):
        store.rate(study, token(1), position, 1 + position % 5)
    rows = store.ratings(study)
    assert [(SYSTEMS.index(r["system"]), int(r["picture"][-1])) for r in rows] == seen
    assert [r["score"] for r in rows] == [1, 2, 3, 4, 5, 1, 2, 3, 4]
    assert store.join(study, token(1), begins=False) == {"position": 9, "total": 9}


@pytest.mark.parametrize(
    ("rater", "position", "score", "message"),
    [
        (token(1), 0, 6, "score is 6; wanted is a whole number from 1 to 5"),
        (token(1), 0, 3.7, "score is 3.7; wanted is a whole number"),
        (token(1), 0, True, "score is True; wanted is a whole number"),
        (token(1), 9, 3, "no picture 10"),
        (token(2), 0, 3, "no picture 1"),
    ],
)
def test_impossible_ratings_are_refused(study, rater, position, score, message) -> None:
    store.join(study, token(1))
    with pytest.raises(InputError, match=message):
        store.rate(study, rater, position, score)
    assert store.ratings(study) == []


def test_tokens_that_can_be_guessed_are_refused(study) -> None:
    with pytest.raises(InputError, match="32 hexadecimal digits"):
        store.join(study, "me")


def test_pictures_are_pixels_and_nothing_else(study) -> None:
    store.join(study, token(1))
    png, kinds, at = store.picture(study, token(1), 0), set(), 8
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        kinds.add(png[at + 4 : at + 8])
        at += 12 + length
    assert kinds == {b"IHDR", b"IDAT", b"IEND"}


def test_systems_must_have_the_same_drawings_in_the_same_sizes(folders, words, tmp_path) -> None:
    Image.new("RGB", (13, 8)).save(folders["base"] / "deep" / "3.png")
    with pytest.raises(InputError, match="is 13x8 and the other systems' pictures of it are 12x8"):
        store.create(tmp_path / "new", store.list_systems(words), 30)
    assert not (tmp_path / "new" / store.FILE).exists()
    (folders["base"] / "deep" / "3.png").unlink()
    with pytest.raises(InputError, match="Only one of ours and base has deep/3"):
        store.list_systems(words)


@pytest.mark.parametrize("word", ["ours", "=x", "ours="])
def test_systems_of_another_form_are_refused(word) -> None:
    with pytest.raises(InputError, match="wanted is NAME=FOLDER"):
        store.list_systems([word])


def test_too_few_pictures_a_person_are_refused(tmp_path, words) -> None:
    with pytest.raises(InputError, match="2 pictures a person are too few for 3 systems"):
        store.create(tmp_path / "new", store.list_systems(words), 2)


def test_a_study_is_served_only_for_its_own_systems(study, words, tmp_path) -> None:
    with pytest.raises(InputError, match="has other systems or drawings"):
        command.main(["serve", str(study), "--system", words[0], "--system", words[1]])
    with pytest.raises(InputError, match="make it with --system"):
        command.main(["serve", str(tmp_path / "none")])
    with pytest.raises(InputError, match="no second word"):
        command.main(["serve", "--port", "1"])


def test_export_and_analysis(study, tmp_path, capsys) -> None:
    for rater in range(6):
        for position, (system, _) in enumerate(seen_by(study, token(rater))):
            store.rate(study, token(rater), position, (5, 2, 1)[system])
    csv, out = tmp_path / "out" / "ratings.csv", tmp_path / "mos"
    command.main(["export", str(study), "-o", str(csv)])
    assert "54 ratings of 6 raters" in capsys.readouterr().out
    assert token(3) not in csv.read_text()  # who has it could change the ratings
    command.main(["analyze", str(csv), "-o", str(out)])
    table = (out / "mos.md").read_text("utf-8")
    assert "| base | 1.00 | 0.00 | 1.00 to 1.00 | 18 |" in table
    assert "| **ours** | **5.00** | **0.00** | 5.00 to 5.00 | 18 |" in table
    assert (out / "mos.json").is_file()
    assert (out / "heatmap.png").is_file()
    axes = analysis.heatmap(analysis.read_csv(csv)).axes[0]
    cells = {1: [100, 0, 0], 2: [0, 100, 0], 5: [0, 0, 100]}  # of base, pix2pix and ours
    wanted = [f"{share}%" for score in (5, 4, 3, 2, 1) for share in cells.get(score, [0] * 3)]
    assert [text.get_text() for text in axes.texts] == wanted


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # SciPy says that it has nothing to rank
def test_systems_that_nobody_tells_apart_are_not_significant() -> None:
    ratings = {"rater": np.repeat(range(4), 3), "system": SYSTEMS * 4, "picture": "a", "score": 3}
    table = analysis.markdown(analysis.analyze(pd.DataFrame(ratings)))
    assert "p = none" in table
    assert table.count("| +0.00 | +0.00 to +0.00 | 0.0 | 1 | nan | none |") == 3


def test_ratings_that_are_none_are_refused(tmp_path) -> None:
    (tmp_path / "r.csv").write_text("rater,system,picture,score\n1,ours,a,5\n1,base,a,6\n")
    with pytest.raises(InputError, match=r"line 3 is .* wanted are"):
        analysis.read_csv(tmp_path / "r.csv")
