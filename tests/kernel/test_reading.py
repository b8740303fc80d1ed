"""Reading rows without an engine: the same rows and errors as a session's, and lines that outlive a lost server."""

import os
from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, NoResultFound, OperationalError

from kernel.db import Database


def test_rows_are_those_of_a_session(db: Database) -> None:
    query = text(
        "SELECT n AS number, DATE '2026-07-25' AS day, '{\"a\": [1]}'::jsonb AS basis, n % 2"
        " FROM generate_series(1, :most) n"
    )
    with db.read() as reader, db.transaction() as session:
        ours, theirs = reader.execute(query, {"most": 3}), session.execute(query, {"most": 3}).all()
    assert [tuple(row) for row in ours] == [tuple(row) for row in theirs]
    assert (ours[0].number, ours[0].day, ours[0].basis, ours[0][3]) == (1, date(2026, 7, 25), {"a": [1]}, 1)
    assert ours[2]._asdict()["number"] == 3


def test_a_row_without_columns_is_a_row(db: Database) -> None:
    with db.read() as reader:
        assert reader.execute(text("SELECT FROM generate_series(1, 2)")).first() is not None
        assert reader.execute(text("SELECT FROM generate_series(1, 0)")).first() is None


def test_columns_of_one_name_keep_their_places(db: Database) -> None:
    with db.read() as reader:
        assert tuple(reader.execute(text("SELECT 1 AS n, 2 AS n, 'a%b' LIKE 'a%'")).one()) == (1, 2, True)


def test_one_row_means_one(db: Database) -> None:
    with db.read() as reader, pytest.raises(NoResultFound):
        reader.execute(text("SELECT generate_series(1, 2)")).one()


def test_two_questions_are_answered_together_each_on_its_own(db: Database) -> None:
    one, other = text("SELECT :n AS id, 'left' AS name WHERE :n > 0"), text("SELECT 7 AS id, :n AS twice WHERE :n < 5")
    with db.read() as reader:
        left, right = reader.first_of_two(one, other, {"n": 3})
        assert (left.id, left.name, right.id, right.twice) == (3, "left", 7, 3)
        assert reader.first_of_two(one, other, {"n": 0})[0] is None
        assert reader.first_of_two(one, other, {"n": 9})[1] is None


def test_an_error_is_the_kind_that_every_way_in_raises(db: Database) -> None:
    with db.read() as reader:
        with pytest.raises(DBAPIError):
            reader.execute(text("SELECT 1 / 0"))
        assert reader.scalar(text("SELECT 1")) == 1


def test_a_line_lost_while_it_lay_idle_is_not_noticed(db: Database) -> None:
    with db.read() as reader:
        lost = reader.scalar(text("SELECT pg_backend_pid()"))
    with db.transaction() as session:
        session.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": lost})
    with db.read() as reader:
        assert reader.scalar(text("SELECT pg_backend_pid()")) != lost


def test_a_line_lost_at_work_is_an_error_and_the_next_reader_gets_another(db: Database) -> None:
    with db.read() as reader:
        lost = reader.scalar(text("SELECT pg_backend_pid()"))
        with db.transaction() as session:
            session.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": lost})
        with pytest.raises(OperationalError):
            reader.execute(text("SELECT 1"))
    with db.read() as reader:
        assert reader.scalar(text("SELECT 1")) == 1


def test_a_forked_process_reads_on_a_line_of_its_own(db: Database) -> None:
    with db.read() as reader:
        ours = reader.scalar(text("SELECT pg_backend_pid()"))
    told, tell = os.pipe()
    child = os.fork()
    if child == 0:
        with db.read() as reader:
            os.write(tell, str(reader.scalar(text("SELECT pg_backend_pid()"))).encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert int(os.read(told, 20)) != ours
    with db.read() as reader:
        assert reader.scalar(text("SELECT pg_backend_pid()")) == ours
