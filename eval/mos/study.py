"""A study as one SQLite file: its pictures, who rates which of them in which order, and how.

Every function opens the file for itself, so that many raters and processes may use it at once.
Changes are on the disk before a function returns: a server that is killed loses none.
"""

import io
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from PIL import Image
from tqdm import tqdm

from colorizer.images import InputError, list_images, load_image

FILE = "study.sqlite"
BUSY_SECONDS = 60
"""How long a change waits for others' changes."""
TOKEN = re.compile(r"[0-9a-f]{32}")
"""A rater's secret, drawn in the browser."""

SCHEMA = """
CREATE TABLE study (drawings INTEGER);  -- that a rater sees, each by every system
CREATE TABLE picture (id INTEGER PRIMARY KEY, system TEXT, name TEXT, png BLOB);
CREATE TABLE turn (token TEXT, position INTEGER, picture INTEGER, score INTEGER, time TEXT,
    PRIMARY KEY (token, position));
"""
DEAL = """
INSERT INTO turn (token, position, picture)
SELECT :token, ROW_NUMBER() OVER (ORDER BY RANDOM()) - 1, id FROM picture WHERE name IN (
    SELECT name FROM picture LEFT JOIN turn ON picture = id GROUP BY name
    ORDER BY COUNT(token), RANDOM() LIMIT (SELECT drawings FROM study))
AND NOT EXISTS (SELECT * FROM turn WHERE token = :token)
"""
"""One statement, so that nobody else is dealt any before these are stored."""
PROGRESS = """
SELECT COUNT(*), MIN(CASE WHEN score IS NULL THEN position END) FROM turn WHERE token = ?
"""
RATINGS = """
SELECT (SELECT MIN(rowid) FROM turn WHERE token = t.token) AS rater, system, name AS picture,
    position, score, time
FROM turn AS t JOIN picture ON picture = id WHERE score NOT NULL ORDER BY rater, position
"""

Files = dict[str, dict[str, Path]]
"""Each system's picture files by the drawing's name: the path below its folder."""


@contextmanager
def _open(folder: Path) -> Iterator[sqlite3.Connection]:
    """Open a study, commit what the block changed, or nothing if it raised."""
    path = folder / FILE
    if not path.is_file():
        raise InputError(f"There is no study in {folder}: it has no {FILE}.")
    with closing(sqlite3.connect(path, BUSY_SECONDS, isolation_level="IMMEDIATE")) as db, db:
        db.execute("PRAGMA synchronous = FULL")
        yield db


def list_systems(words: list[str]) -> Files:
    """Return the pictures of systems given as NAME=FOLDER.

    Raises:
        InputError: another form, fewer than two systems, a folder without pictures or with two of
            a name, or other drawings than the first system has.
    """
    systems: Files = {}
    for word in words:
        system, _, folder = word.partition("=")
        if not (system and folder) or system in systems:
            raise InputError(f"--system is {word!r}; wanted is NAME=FOLDER, each NAME once.")
        paths = list_images(Path(folder))
        names = [path.relative_to(folder).with_suffix("").as_posix() for path in paths]
        systems[system] = dict(zip(names, paths))
        if not 0 < len(paths) == len(systems[system]):
            raise InputError(f"{folder} has no pictures, or two that differ in their endings.")
        if odd := sorted(next(iter(systems.values())).keys() ^ systems[system].keys()):
            raise InputError(f"Only one of {next(iter(systems))} and {system} has {odd[0]}.")
    if len(systems) < 2:
        raise InputError(f"The study has {len(systems)} systems; wanted are two or more --system.")
    return systems


def _png(path: Path, sizes: dict[str, tuple[int, int]], name: str) -> bytes:
    """Return a picture as PNG of nothing but its RGB pixels; its drawing has one size."""
    image = load_image(path)
    width, height = size = sizes.setdefault(name, image.size)
    if image.size != size:
        raise InputError(
            f"{path} is {image.width}x{image.height} and the other systems' pictures of it are "
            f"{width}x{height}: their size would tell them apart."
        )
    stream = io.BytesIO()
    Image.frombytes("RGB", size, image.tobytes()).save(stream, "PNG")
    return stream.getvalue()


def create(folder: Path, systems: Files, per_person: int) -> None:
    """Write a new study, whole or not at all.

    Raises:
        InputError: a person rates fewer pictures than systems, a file is no picture, or the
            systems' pictures of a drawing differ in size.
    """
    count = per_person // len(systems)
    if not count:
        raise InputError(
            f"{per_person} pictures a person are too few for {len(systems)} systems: "
            "everybody rates all systems' pictures of a drawing."
        )
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f"{FILE}.part"
    part.unlink(missing_ok=True)
    sizes: dict[str, tuple[int, int]] = {}
    with closing(sqlite3.connect(part)) as db:
        db.executescript(SCHEMA)
        db.execute("PRAGMA journal_mode = WAL")  # readers and a writer do not wait for each other
        jobs = [(s, name, path) for s, files in systems.items() for name, path in files.items()]
        for system, name, path in tqdm(jobs, unit="picture", dynamic_ncols=True):
            row = (system, name, _png(path, sizes, name))
            db.execute("INSERT INTO picture (system, name, png) VALUES (?, ?, ?)", row)
        db.execute("INSERT INTO study VALUES (?)", (min(count, len(sizes)),))
        db.commit()
    part.rename(folder / FILE)


def contents(folder: Path) -> set[tuple[str, str]]:
    """Return the systems and drawings of a study."""
    with _open(folder) as db:
        return set(db.execute("SELECT system, name FROM picture"))


def _progress(db: sqlite3.Connection, token: str) -> dict[str, int]:
    """Return a rater's first position, from 0, without a rating, and how many there are."""
    if not TOKEN.fullmatch(token):
        raise InputError(f"The rater's token is {token[:40]!r}; wanted are 32 hexadecimal digits.")
    total, position = db.execute(PROGRESS, (token,)).fetchone()
    if not total:  # somebody new
        query, position = "SELECT COUNT(DISTINCT system) * drawings FROM picture, study", 0
        (total,) = db.execute(query).fetchone()
    return {"position": total if position is None else position, "total": total}


def join(folder: Path, token: str, begins: bool = True) -> dict[str, int]:
    """Return a rater's progress, or for somebody new what it will be.

    Who begins and is new is dealt pictures: all systems' pictures of the drawings that the fewest
    have, shuffled. A token that is not 32 hexadecimal digits raises InputError.
    """
    with _open(folder) as db:
        progress = _progress(db, token)
        if begins:
            db.execute(DEAL, {"token": token})
        return progress


def rate(folder: Path, token: str, position: int, score: int | None) -> dict[str, int]:
    """Store a rating, again if it is there already, or forget it; return the rater's progress.

    Positions count from 0. Scores are 1 (bad), poor, fair, good, 5 (excellent); None takes a
    rating back. No such rater or position, or another score, is an InputError.
    """
    if score is not None and (type(score) is not int or not 1 <= score <= 5):
        raise InputError(f"The score is {score}; wanted is a whole number from 1 to 5.")
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    with _open(folder) as db:
        query = "UPDATE turn SET score = ?, time = ? WHERE token = ? AND position = ?"
        if not db.execute(query, (score, now, token, position)).rowcount:
            raise InputError(f"This rater has no picture {position + 1}.")
        return _progress(db, token)


def picture(folder: Path, token: str, position: int) -> bytes:
    """Return the PNG of a rater's picture; InputError if there is no such rater or position."""
    query = "SELECT png FROM turn JOIN picture ON picture = id WHERE token = ? AND position = ?"
    with _open(folder) as db:
        found = db.execute(query, (token, position)).fetchone()
    if not found:
        raise InputError(f"This rater has no picture {position + 1}.")
    return found[0]


def ratings(folder: Path) -> list[dict]:
    """Return all ratings, by rater and position; raters are numbers, not their tokens."""
    with _open(folder) as db:
        db.row_factory = sqlite3.Row
        return [dict(row) for row in db.execute(RATINGS)]
