from tests.architecture.source import ROOT, files

LONGEST = 300


def test_a_file_has_one_idea_and_ends() -> None:
    lengths = {
        str(file.relative_to(ROOT)): len(file.read_text().splitlines()) for file in files("src") + files("tests")
    }
    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}
