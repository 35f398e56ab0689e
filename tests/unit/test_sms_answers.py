"""What gateways say, in our words."""

import pytest

from channels.carrier import Accepted, Answer, Refused, Unsure
from channels.gateway import answer_of as gateway_says
from channels.gateway import at, written
from channels.gateway_settings import AnswerSettings, presets
from channels.kannel import answer_of as kannel_says
from channels.smpp import disposition_of_words
from channels.templates import filled
from store.states import Disposition


@pytest.mark.parametrize(
    ("status", "words", "kind", "by_carrier"),
    [
        (202, "0: Accepted for delivery", Accepted, None),
        (202, "3: Queued for later delivery", Accepted, None),
        (202, "0: Accepted for delivery Denied receivers are: +420602000001", Refused, False),
        (403, "Authorization failed for sendsms", Refused, True),
        (503, "Temporal failure, try again later.", Refused, True),
        (400, "Sender missing and no global set, rejected", Refused, True),
        (400, "Number(s) has/have been denied by white- and/or black-lists.", Refused, False),
        (400, "Illegal UDH", Refused, False),
        (502, "Bad gateway", Unsure, None),
    ],
)
def test_kannel(status: int, words: str, kind: type[Answer], by_carrier: bool | None) -> None:
    answer = kannel_says(status, words, "+420602000001")
    assert isinstance(answer, kind)
    assert getattr(answer, "by_carrier", None) is by_carrier


@pytest.mark.parametrize(
    ("words", "disposition", "code"),
    [
        ("NACK/0x0000000b/Invalid Destination Address", Disposition.INVALID_NUMBER, 11),
        ("NACK/88/Throttling error", Disposition.CONGESTION, 88),
        ("NACK/0x00000400/Vendor", Disposition.FAILED, 1024),
        ("id:1 sub:001 dlvrd:000 stat:REJECTD err:069", Disposition.REJECTED, None),
        ("id:1 stat:undeliv err:1", Disposition.FAILED, None),
        ("", Disposition.FAILED, None),
    ],
)
def test_centres(words: str, disposition: Disposition, code: int | None) -> None:
    assert disposition_of_words(words) == (disposition, code)


JSON = AnswerSettings(id="data.0.id", status="state", accepted=("ok",), refused={"credit": "down", "9": "rejected"})


@pytest.mark.parametrize(
    ("status", "words", "settings", "answer"),
    [
        (200, '{"state": "ok", "data": [{"id": 7}]}', JSON, Accepted("7")),
        (200, '{"state": "ok"}', JSON, Accepted("")),
        (500, '{"state": "ok", "data": [{"id": "x"}]}', JSON, Accepted("x")),
        (200, '{"state": "credit"}', JSON, Refused(Disposition.WITHDRAWN, '200 {"state": "credit"}', by_carrier=True)),
        (400, '{"state": 9}', JSON, Refused(Disposition.REJECTED, '400 {"state": 9}', cause=9)),
        (200, "<html>", JSON, Unsure("200 <html>")),
        (500, "", JSON, Unsure("500 ")),
        (401, "", JSON, Refused(Disposition.WITHDRAWN, "401 ", by_carrier=True, cause=401)),
        (201, "anything", AnswerSettings(), Accepted("")),
        (422, "bad", AnswerSettings(), Refused(Disposition.FAILED, "422 bad", cause=422)),
    ],
)
def test_gateways(status: int, words: str, settings: AnswerSettings, answer: Answer) -> None:
    assert gateway_says(status, words, settings) == answer


def test_places_in_json() -> None:
    value = {"a": [{"b": "x"}], "n": 5}
    assert [at(value, path) for path in ("a.0.b", "a.1.b", "a.x", "n", "n.x", "z")] == ["x", "", "", "5", "", ""]


def test_numbers() -> None:
    assert [written("+420602000001", form) for form in ("e164", "digits", "national")] == [
        "+420602000001",
        "420602000001",
        "602000001",
    ]


def test_a_template_is_filled_once_and_leaves_out_what_is_empty() -> None:
    values = {"text": "{password}", "password": "tajne", "sender": ""}
    template = {"t": "{text}", "s": "{sender}", "list": ["{sender}x", {"p": "{password}"}], "n": 5}
    assert filled(template, values) == {"t": "{password}", "list": ["x", {"p": "tajne"}], "n": 5}


def test_every_preset_has_what_it_needs() -> None:
    for preset in presets().values():
        assert {"url", "fields", "answer"} <= preset.keys()
        assert str(preset["url"]).startswith("https://")
