from tests.peers.table import FILE, table


def test_the_committed_table_of_peers_is_current() -> None:
    assert FILE.read_text(encoding="utf-8") == table(), "run: python -m tests.peers.table"
