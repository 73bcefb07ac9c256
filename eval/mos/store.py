"""The file of a study: SQLite with the pictures, who rates which of them in which order, and how.

Every function opens the file for itself, so that many raters and processes may use it at once.
Changes are on the disk before a function returns: a server that is killed loses none.
"""

import random
import re
import secrets
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from colorizer.images import InputError

FILE = "study.sqlite"
SCORES = (1, 2, 3, 4, 5)
"""Bad, poor, fair, good, excellent."""
BUSY_SECONDS = 60
"""How long a change waits for others' changes."""
TOKEN = re.compile(r"[0-9a-f]{32}")
"""A rater's secret, drawn in the browser."""

SCHEMA = """
CREATE TABLE study (id TEXT, per_person INTEGER);
CREATE TABLE picture (id INTEGER PRIMARY KEY, system TEXT, name TEXT, png BLOB,
    UNIQUE (system, name));
CREATE TABLE rater (number INTEGER PRIMARY KEY, token TEXT UNIQUE);
CREATE TABLE turn (rater INTEGER, position INTEGER, picture INTEGER,
    PRIMARY KEY (rater, position), UNIQUE (rater, picture));
CREATE TABLE rating (rater INTEGER, picture INTEGER, score INTEGER CHECK (score BETWEEN 1 AND 5),
    time TEXT, PRIMARY KEY (rater, picture));
"""
PROGRESS = """
SELECT COUNT(*), MIN(CASE WHEN score IS NULL THEN position END)
FROM turn LEFT JOIN rating USING (rater, picture) WHERE rater = ?
"""
SHOWN = """
SELECT name, COUNT(DISTINCT rater) FROM picture LEFT JOIN turn ON turn.picture = picture.id
GROUP BY name
"""
RATINGS = """
SELECT rater, system, name AS picture, position, score, time FROM rating
JOIN turn USING (rater, picture) JOIN picture ON picture.id = rating.picture
ORDER BY rater, position
"""


@dataclass(frozen=True)
class Picture:
    """A picture to rate: the system that colored it, the drawing's name, and its PNG."""

    system: str
    name: str
    png: bytes


@contextmanager
def _transaction(folder: Path, begin: str = "BEGIN IMMEDIATE") -> Iterator[sqlite3.Connection]:
    """Open a study, commit what the block changed, or nothing if it raised."""
    path = Path(folder) / FILE
    if not path.is_file():
        raise InputError(f"There is no study in {folder}: it has no {FILE}.")
    with closing(sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)) as db:
        db.execute("PRAGMA synchronous = FULL")
        db.execute(begin)
        yield db
        db.execute("COMMIT")


def create(folder: Path, pictures: Iterable[Picture], per_person: int) -> None:
    """Write a new study of pictures, every drawing once from every system.

    Raises:
        InputError: there is a study already, or a person rates fewer pictures than systems.
    """
    pictures = list(pictures)
    systems = {picture.system for picture in pictures}
    if per_person < len(systems):
        raise InputError(
            f"{per_person} pictures a person are too few for {len(systems)} systems: "
            "everybody rates all systems' pictures of a drawing."
        )
    if (Path(folder) / FILE).exists():
        raise InputError(f"There is a study in {folder} already.")
    Path(folder).mkdir(parents=True, exist_ok=True)
    part = Path(folder) / f"{FILE}.part"
    part.unlink(missing_ok=True)
    with closing(sqlite3.connect(part)) as db:
        db.executescript(SCHEMA)
        db.execute("INSERT INTO study VALUES (?, ?)", (secrets.token_hex(8), per_person))
        rows = [(p.system, p.name, p.png) for p in pictures]
        db.executemany("INSERT INTO picture (system, name, png) VALUES (?, ?, ?)", rows)
        db.commit()
    part.rename(Path(folder) / FILE)
    with closing(sqlite3.connect(Path(folder) / FILE)) as db:
        db.execute("PRAGMA journal_mode = WAL")  # readers and a writer do not wait for each other


def study_id(folder: Path) -> str:
    """Return a study's random name."""
    with _transaction(folder, "BEGIN") as db:
        return db.execute("SELECT id FROM study").fetchone()[0]


def contents(folder: Path) -> set[tuple[str, str]]:
    """Return the systems and drawings of a study."""
    with _transaction(folder, "BEGIN") as db:
        return set(db.execute("SELECT system, name FROM picture"))


def join(folder: Path, token: str) -> dict[str, int]:
    """Return a rater's progress; a new rater is dealt pictures first.

    Raises:
        InputError: the token is not 32 hexadecimal digits.
    """
    with _transaction(folder) as db:
        number = _number(db, token)
        return _progress(db, _deal(db, token) if number is None else number)


def expected(folder: Path, token: str) -> dict[str, int]:
    """Return a rater's progress, or for somebody new what it will be; changes nothing.

    Raises:
        InputError: the token is not 32 hexadecimal digits.
    """
    with _transaction(folder, "BEGIN") as db:
        number = _number(db, token)
        new = {"position": 0, "total": _share(db)}
        return new if number is None else _progress(db, number)


def _share(db: sqlite3.Connection) -> int:
    """Return how many pictures a rater gets: whole drawings, at most `per_person` pictures."""
    (per_person,) = db.execute("SELECT per_person FROM study").fetchone()
    query = "SELECT COUNT(DISTINCT system), COUNT(DISTINCT name) FROM picture"
    systems, names = db.execute(query).fetchone()
    return systems * min(names, per_person // systems)


def _number(db: sqlite3.Connection, token: str) -> int | None:
    if not TOKEN.fullmatch(token):
        raise InputError(f"The rater's token is {token[:40]!r}; wanted are 32 hexadecimal digits.")
    known = db.execute("SELECT number FROM rater WHERE token = ?", (token,)).fetchone()
    return known and known[0]


def _deal(db: sqlite3.Connection, token: str) -> int:
    """Add a rater with all systems' pictures of the drawings that the fewest have, shuffled."""
    rater = db.execute("INSERT INTO rater (token) VALUES (?)", (token,)).lastrowid
    (systems,) = db.execute("SELECT COUNT(DISTINCT system) FROM picture").fetchone()
    shown = db.execute(SHOWN).fetchall()
    random.shuffle(shown)
    shown.sort(key=lambda row: row[1])
    names = {name for name, _ in shown[: _share(db) // systems]}
    dealt = [i for i, name in db.execute("SELECT id, name FROM picture") if name in names]
    random.shuffle(dealt)
    turns = [(rater, position, picture) for position, picture in enumerate(dealt)]
    db.executemany("INSERT INTO turn VALUES (?, ?, ?)", turns)
    return rater


def _progress(db: sqlite3.Connection, rater: int) -> dict[str, int]:
    total, position = db.execute(PROGRESS, (rater,)).fetchone()
    return {"position": total if position is None else position, "total": total}


def _turn(db: sqlite3.Connection, token: str, position: int) -> tuple[int, int]:
    """Return the numbers of a rater and of their picture at a position."""
    query = "SELECT rater, picture FROM turn JOIN rater ON number = rater"
    found = db.execute(f"{query} WHERE token = ? AND position = ?", (token, position)).fetchone()
    if not found:
        raise InputError(f"This rater has no picture {position + 1}.")
    return found


def rate(folder: Path, token: str, position: int, score: int) -> dict[str, int]:
    """Store a rating, again if it is there already, and return the rater's progress.

    Progress is the position, from 0, of the first picture without a rating, and the total.

    Raises:
        InputError: no such rater or position, or a score that is not 1 to 5.
    """
    if type(score) is not int or score not in SCORES:
        raise InputError(f"The score is {score}; wanted is a whole number from 1 to 5.")
    now = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
    with _transaction(folder) as db:
        rater, picture = _turn(db, token, position)
        db.execute(
            "INSERT INTO rating VALUES (?, ?, ?, ?) ON CONFLICT (rater, picture) "
            "DO UPDATE SET score = excluded.score, time = excluded.time",
            (rater, picture, score, now),
        )
        return _progress(db, rater)


def undo(folder: Path, token: str, position: int) -> dict[str, int]:
    """Forget a rating if there is one and return the rater's progress.

    Raises:
        InputError: no such rater or position.
    """
    with _transaction(folder) as db:
        turn = _turn(db, token, position)
        db.execute("DELETE FROM rating WHERE rater = ? AND picture = ?", turn)
        return _progress(db, turn[0])


def png_of(folder: Path, token: str, position: int) -> bytes:
    """Return the PNG of a rater's picture.

    Raises:
        InputError: no such rater or position.
    """
    with _transaction(folder, "BEGIN") as db:
        _, picture = _turn(db, token, position)
        return db.execute("SELECT png FROM picture WHERE id = ?", (picture,)).fetchone()[0]


def ratings(folder: Path) -> list[dict]:
    """Return all ratings, by rater and position; raters are numbers, not their tokens."""
    with _transaction(folder, "BEGIN") as db:
        db.row_factory = sqlite3.Row
        return [dict(row) for row in db.execute(RATINGS)]
