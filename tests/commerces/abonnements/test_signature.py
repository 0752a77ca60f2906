"""Signatures, checked by the standard's own library and by its published example."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from services.commerces.abonnements import signature

BODIES = st.text(st.characters(exclude_categories=["Cs"]), max_size=200).map(str.encode)


def test_the_example_of_the_standard():
    found = signature.sign(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
        b'{"test": 2432232314}',
    )
    assert found == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@given(corps=BODIES, message=st.from_regex(r"msg_[0-9_]{1,30}", fullmatch=True))
def test_a_receiver_verifies_with_either_live_secret_and_no_other(corps, message):
    secrets = [signature.new_secret(), signature.new_secret()]
    headers = signature.headers(secrets, message, int(time.time()), corps)
    for secret in secrets:
        Webhook(secret).verify(corps, headers, json_parse=False)
    with pytest.raises(WebhookVerificationError):
        Webhook(signature.new_secret()).verify(corps, headers, json_parse=False)
    with pytest.raises(WebhookVerificationError):
        Webhook(secrets[0]).verify(corps + b" ", headers, json_parse=False)


def test_secrets_differ_and_what_is_none_is_refused():
    assert len({signature.new_secret() for _ in range(100)}) == 100
    with pytest.raises(ValueError):
        signature.sign("whsec_é", "msg_1", 1, b"")
