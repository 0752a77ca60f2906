"""The encoding of a text file: told when it is sure, refused otherwise."""

import gzip
import io
import os
import threading
from pathlib import Path

import pytest

from shared.transfers import files
from shared.transfers.files import FichierRefuse, decompressed, encoding

TEXT = "nom;description\nL’Étoile « d’été » – 5 €;œufs, à côté, déjà prêt\n" * 3
CUT = "nom\nLe “Bon”\nCafé".encode()[:-1]
WRONG = TEXT.encode()[:-6].replace("é".encode(), b"\xe9", 1) + b"\n"


def told(content: bytes) -> str:
    return encoding(io.BytesIO(content))[0]


def refusal(content: bytes) -> FichierRefuse:
    with pytest.raises(FichierRefuse) as caught:
        encoding(decompressed(io.BytesIO(content)))
    return caught.value


def test_what_comes_by_a_pipe_is_read_as_often_as_a_file(tmp_path):
    """`… | relance commerces import /dev/stdin` : a container has no other way in."""
    pipe = tmp_path / "tube"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(TEXT.encode(),))
    writer.start()
    with files.opened(pipe) as file:
        assert [files.fingerprint(file)[0] for _ in range(2)] == [len(TEXT.encode())] * 2
    writer.join()
    Path(tmp_path / "fichier").write_bytes(b"nom\n")
    with files.opened(tmp_path / "fichier") as file:
        assert files.fingerprint(file)[0] == 4


@pytest.mark.parametrize(
    ("content", "codec"),
    [
        (b"nom\n", "utf-8-sig"),
        (TEXT.encode(), "utf-8-sig"),
        (TEXT.encode("utf-8-sig"), "utf-8-sig"),
        (TEXT.encode("cp1252"), "cp1252"),
        (TEXT.upper().encode("cp1252"), "cp1252"),
        (TEXT.encode("latin-1", "replace"), "cp1252"),
        ("nom\nCafé".encode("cp1252"), "cp1252"),  # its é begins a character of UTF-8
        ("nom\n« CAFÉ\u00a0» d’Été".encode("cp1252"), "cp1252"),
        ("Škoda à côté\n".encode("cp1252"), "cp1252"),
        # One cell was badly converted before it came.
        (TEXT.encode("cp1252") * 2 + "Café\n".encode(), "cp1252"),
        ("\x81 déjà\n".encode("latin-1"), "latin-1"),
        ("0,40 € le kWh, cœur d'îlot\n".encode("iso8859-15"), "iso8859-15"),
        ("Cœur d'îlot\n".encode("iso8859-15"), "iso8859-15"),
        ("BŒUF, 12 RUE SAINTE-FÉLICITÉ\n".encode("iso8859-15"), "iso8859-15"),
        ("½ heure à 0,40 €\n".encode("cp1252"), "cp1252"),
        ("¼ de poulet rôti, 2¼ kg\n".encode("cp1252"), "cp1252"),
        ("1½ à côté\n".encode("cp1252"), "cp1252"),
    ],
)
def test_what_is_sure_is_told(content, codec):
    assert told(content) == codec


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
@pytest.mark.parametrize(
    ("content", "ligne", "words"),
    [
        (CUT, 3, "à la ligne 3 : il semble tronqué"),
        (CUT.replace(b"\n", b"\r\n"), 3, "tronqué"),
        (CUT.replace(b"\n", b"\r"), 3, "tronqué"),
        (WRONG, 2, "n’est pas de l’UTF-8"),
        (TEXT.encode() + TEXT.encode("cp1252"), 8, "n’est pas de l’UTF-8"),
        (TEXT.encode("cp850", "replace"), None, "CP850 ou Mac Roman"),
        (TEXT.encode("mac_roman"), None, "CP850 ou Mac Roman"),
    ],
)
def test_what_is_not_sure_is_not_guessed(content, ligne, words, pack):
    found = refusal(pack(content))
    assert words in found.detail
    assert found.ligne == ligne


@pytest.mark.parametrize("piece", [3, 7, 64])
def test_the_pieces_of_a_file_change_nothing(monkeypatch, piece):
    monkeypatch.setattr(files, "CHUNK", piece)
    assert told(TEXT.encode()) == "utf-8-sig"
    assert told(TEXT.encode("cp1252")) == "cp1252"
    assert refusal(TEXT.encode() + b"fin \xe9\n").ligne == 7


@pytest.mark.parametrize(
    ("widths", "unfinished", "squared"),
    [
        ([3, 2, 2, 3], False, [3, 3, 3, 3]),
        ([3, 2, 2], False, [3, 3, 3]),
        ([3, 2, 2], True, [3, 3, 2]),
        ([3, 2, 2, 1, 1, 3], False, [3, 3, 3, 3, 3, 3]),
        ([3, 2, 3, 2], False, [3, 2, 3, 2]),
        ([3, 2, 1, 3], False, [3, 2, 1, 3]),
        ([2, 2, 3], False, [2, 2, 3]),
        ([4, 2, 2], False, [4, 3, 3]),
        ([], False, []),
    ],
)
def test_rows_whose_last_cells_excel_left_out_are_completed(widths, unfinished, squared):
    rows = [(number, ["x"] * width) for number, width in enumerate(widths, 2)]
    found = [*files.squared(iter(rows), 3, unfinished=unfinished)]
    assert [number for number, _ in found] == [number for number, _ in rows]
    assert [len(row) for _, row in found] == squared
    assert all(set(row[width:]) <= {""} for (_, row), width in zip(found, widths, strict=True))
