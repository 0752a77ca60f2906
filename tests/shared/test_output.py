"""What commands write: nobody ever finds half a file, and no terminal obeys what it shows."""

import os
from pathlib import Path

import pytest

from shared import output
from shared.output import say, written


def test_a_file_is_put_in_place_whole(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    with written(path) as file:
        file.write("a\r\né\n")
        assert not path.exists()
    assert path.read_bytes() == "a\r\né\n".encode()
    assert list(tmp_path.iterdir()) == [path]


def test_what_fails_leaves_the_former_file(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_text("d'hier")

    def fail() -> None:
        with written(path) as file:
            file.write("la moitié")
            file.flush()
            assert path.read_text() == "d'hier"
            raise ConnectionError

    with pytest.raises(ConnectionError):
        fail()
    assert path.read_text() == "d'hier"
    assert list(tmp_path.iterdir()) == [path]


def test_who_could_read_the_file_still_can(tmp_path: Path) -> None:
    path, link = tmp_path / "export.csv", tmp_path / "lien.csv"
    path.write_text("d'hier")
    path.chmod(0o640)
    link.symlink_to(path)
    with written(link) as file:
        file.write("d'aujourd'hui")
    assert link.is_symlink()
    assert path.read_text() == "d'aujourd'hui"
    assert path.stat().st_mode & 0o777 == 0o640


def test_a_file_whose_folder_is_another_s_is_written_in_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Root may write everywhere: what it is told is made up."""
    path = tmp_path / "export.csv"
    path.write_text("d'hier, qui était plus long")
    before = path.stat().st_ino
    monkeypatch.setattr(output.os, "access", lambda folder, _: folder != tmp_path)
    with written(path) as file:
        file.write("a\r\né\n")
        assert path.read_text() == "d'hier, qui était plus long"
    assert path.read_bytes() == "a\r\né\n".encode()
    assert path.stat().st_ino == before


def test_the_file_of_another_account_stays_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its server reads it by its owner or its group: a new one would be refused to it."""
    path = tmp_path / "export.csv"
    path.write_text("d'hier")
    path.chmod(0o660)
    before = path.stat().st_ino
    monkeypatch.setattr(output.os, "geteuid", lambda: path.stat().st_uid + 1)
    with written(path) as file:
        file.write("d'aujourd'hui")
    assert (path.read_text(), path.stat().st_ino) == ("d'aujourd'hui", before)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_root_leaves_a_file_to_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_text("d'hier")
    os.chown(path, 33, 34)
    path.chmod(0o640)
    with written(path) as file:
        file.write("d'aujourd'hui")
    found = path.stat()
    assert (found.st_uid, found.st_gid, found.st_mode & 0o777) == (33, 34, 0o640)


def test_a_place_that_cannot_be_is_refused_first(tmp_path: Path) -> None:
    """An import would be committed, and its report lost."""
    with pytest.raises(FileNotFoundError), written(tmp_path / "absent" / "rapport.csv"):
        pytest.fail("the work began")


def test_what_is_no_file_takes_what_comes() -> None:
    with written(Path("/dev/null")) as file:
        file.write("rien")
    assert Path("/dev/null").is_char_device()


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("« Chez Éloïse » : 3 € — ok\n\ta", "« Chez Éloïse » : 3 € — ok\n\ta"),
        ("\x1b]0;mal\x07\x1b[2J", r"\u001b]0;mal\u0007\u001b[2J"),
        ("vrai\rfaux\x08\x7f", r"vrai\u000dfaux\u0008\u007f"),
        ("\x9b2Jabc\u202ecba\u2066", r"\u009b2Jabc\u202ecba\u2066"),
    ],
)
def test_a_terminal_shows_what_it_would_obey(capsys, told, shown):
    say(told)
    say(told, err=True)
    assert capsys.readouterr() == (f"{shown}\n", f"{shown}\n")


def test_a_dash_is_the_standard_output(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with written(Path("-")) as file:
        file.write("a;b\r\n")
    assert capsys.readouterr().out == "a;b\r\n"
    assert not list(tmp_path.iterdir())
