from shared.sealing import seal, unseal

SECRET = "un secret de test long de plus de trente-deux octets"


def test_what_is_sealed_is_read_with_the_same_secret_for_the_same_purpose():
    sealed = seal("été", SECRET, purpose=b"a")
    assert "été" not in sealed
    assert unseal(sealed, SECRET, purpose=b"a") == "été"
    assert unseal(sealed, SECRET, purpose=b"b") is None
    assert unseal(sealed, SECRET + "x", purpose=b"a") is None
    assert unseal("rien", SECRET, purpose=b"a") is None
