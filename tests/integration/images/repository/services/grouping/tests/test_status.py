from src.status import status


def test_it_is_well():
    assert status() == "ok"
