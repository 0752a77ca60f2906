"""Signatures, checked by the standard's own library and by its published example."""

import json
import os
import re
import shutil
import subprocess
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from services.commerces.abonnements import signature
from tests.conftest import ROOT

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
    for none in ("whsec_é", "whsec_QUJD!", "whsec_QUJ"):
        with pytest.raises(ValueError):
            signature.sign(none, "msg_1", 1, b"")


def of_the_document(language):
    text = (ROOT / "docs/webhooks.md").read_text()
    (block,) = re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return block


def receptions():
    """What receivers may get, and whether the directory sent it."""
    known, other, body = signature.new_secret(), signature.new_secret(), '{"n": "é’"}'.encode()
    now = int(time.time())
    right = signature.headers([known], "msg_1_2_3", now, body)
    both = signature.headers([other, known], "msg_1_2_3", now, body)
    cases = [(right, body, True), (both, body, True), (right, body + b" ", False)]
    cases += [(signature.headers([other], "msg_1_2_3", now, body), body, False)]
    cases += [(signature.headers([known], "msg_1_2_3", now - 301, body), body, False)]
    cases += [({**right, "webhook-id": "msg_1_2_4"}, body, False)]
    cases += [({**right, "webhook-signature": "v1,"}, body, False)]
    return known, cases


def test_the_python_of_the_document_checks_a_signature():
    known, cases = receptions()
    names: dict = {}
    exec(of_the_document("python"), names)
    check = names["vient_de_l_annuaire"]
    assert [check(known, headers, body) for headers, body, _ in cases] == [ok for *_, ok in cases]


def test_the_javascript_of_the_document_checks_a_signature():
    node = shutil.which("node")
    if node is None:
        if os.environ.get("RELANCE_CONFORMITE"):
            pytest.fail("node is not installed")
        pytest.skip("no node on this machine")
    known, cases = receptions()
    given_ = json.dumps([[headers, body.decode()] for headers, body, _ in cases])
    program = (
        f"{of_the_document('js')}\nconst recus = {given_}.map(([entetes, corps]) => "
        f"vientDeLAnnuaire({json.dumps(known)}, entetes, Buffer.from(corps)));\n"
        "console.log(JSON.stringify(recus));"
    )
    done = subprocess.run([node, "-"], input=program, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [ok for *_, ok in cases]
