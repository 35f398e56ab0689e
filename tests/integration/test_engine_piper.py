"""Piper with a voice of four kilobytes, made here: the real runtime reads it, and it hums for each phoneme."""

import asyncio
import json
from importlib import metadata
from pathlib import Path

import onnx
import pytest
from onnx import TensorProto, helper

from store.errors import SpeechError
from tts.engines.piper import Piper
from tts.library import Library
from tts.measure import seconds_of
from tts.speech import SpeechSettings, configured_engines

RATE = 16000
SAMPLES = 1600  # of each phoneme, at a length scale of 1
WORDS = "Voda nepoteče. Cisterna bude u školy."
PHONEMES = "_^$ !'(),-.:;?abcdefghijklmnopqrstuvwxyzæðøŋɐɑɔəɛɟɡɦɪɲɾʃʊʒʔˈˌːɣχθβ̩̝͡ɱɫʲ"


def voice(folder: Path, language: str = "cs") -> Path:
    """Inputs and output are those of Piper's own models: input, input_lengths, scales → output [1, 1, time]."""
    model = folder / "zkouška.onnx"
    graph = helper.make_graph(
        [
            helper.make_node("Slice", ["scales", "one", "two"], ["length_scale"]),
            helper.make_node("Mul", ["length_scale", "samples_each"], ["scaled"]),
            helper.make_node("Cast", ["input_lengths"], ["phonemes"], to=TensorProto.FLOAT),
            helper.make_node("Mul", ["phonemes", "scaled"], ["samples"]),
            helper.make_node("Squeeze", ["samples"], ["count"]),
            helper.make_node("Range", ["zero", "count", "step"], ["time"]),
            helper.make_node("Mul", ["time", "pitch"], ["phase"]),
            helper.make_node("Sin", ["phase"], ["tone"]),
            helper.make_node("Mul", ["time", "beat"], ["beat_phase"]),
            helper.make_node("Sin", ["beat_phase"], ["envelope"]),
            helper.make_node("Mul", ["tone", "envelope"], ["sound"]),
            helper.make_node("Unsqueeze", ["sound", "axes"], ["output"]),
        ],
        "hum",
        [
            helper.make_tensor_value_info("input", TensorProto.INT64, [1, "phonemes"]),
            helper.make_tensor_value_info("input_lengths", TensorProto.INT64, [1]),
            helper.make_tensor_value_info("scales", TensorProto.FLOAT, [3]),
        ],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, [1, 1, "time"])],
        [
            helper.make_tensor("one", TensorProto.INT64, [1], [1]),
            helper.make_tensor("two", TensorProto.INT64, [1], [2]),
            helper.make_tensor("axes", TensorProto.INT64, [2], [0, 1]),
            helper.make_tensor("samples_each", TensorProto.FLOAT, [1], [SAMPLES]),
            helper.make_tensor("zero", TensorProto.FLOAT, [], [0]),
            helper.make_tensor("step", TensorProto.FLOAT, [], [1]),
            helper.make_tensor("pitch", TensorProto.FLOAT, [], [2 * 3.14159265 * 800 / RATE]),
            helper.make_tensor("beat", TensorProto.FLOAT, [], [2 * 3.14159265 * 4 / RATE]),
        ],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
    made.ir_version = 8
    onnx.checker.check_model(made)
    model.write_bytes(made.SerializeToString())
    described = {
        "audio": {"sample_rate": RATE},
        "espeak": {"voice": language},
        "phoneme_type": "espeak",
        "num_symbols": len(PHONEMES),
        "num_speakers": 1,
        "inference": {"noise_scale": 0.667, "length_scale": 1.0, "noise_w": 0.8},
        "phoneme_id_map": {phoneme: [number] for number, phoneme in enumerate(PHONEMES)},
    }
    model.with_name(f"{model.name}.json").write_text(json.dumps(described), encoding="utf-8")
    return model


async def test_it_speaks_through_the_whole_library(tmp_path: Path) -> None:
    model = voice(tmp_path)
    assert model.stat().st_size < 4096
    engine = Piper(model)
    assert await engine.missing() is None
    assert engine.languages == {"cs"}
    rendering = await Library(tmp_path / "library", [engine]).render(WORDS)
    assert rendering.voice.startswith("piper-tts ")
    assert rendering.seconds > 3


async def test_sentences_are_parted_by_a_pause(tmp_path: Path) -> None:
    one, two = tmp_path / "one.wav", tmp_path / "two.wav"
    engine = Piper(voice(tmp_path))
    await engine.synthesize("Voda neteče.", "cs", one)
    await engine.synthesize("Voda neteče. Voda neteče.", "cs", two)
    assert seconds_of(two) == pytest.approx(2 * seconds_of(one) + 0.4, abs=0.15)


async def test_a_slower_rate_takes_longer(tmp_path: Path) -> None:
    usual, slow, model = tmp_path / "usual.wav", tmp_path / "slow.wav", voice(tmp_path)
    await Piper(model).synthesize("Voda neteče.", "cs", usual)
    await Piper(model, rate=0.8).synthesize("Voda neteče.", "cs", slow)
    assert seconds_of(slow) / seconds_of(usual) == pytest.approx(1.25, abs=0.01)


async def test_another_model_under_the_same_name_is_another_voice(tmp_path: Path) -> None:
    model = voice(tmp_path)
    before = await Piper(model).identity("cs")
    model.write_bytes(model.read_bytes() + b"\0")
    assert await Piper(model).identity("cs") != before


async def test_what_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "speech.piper_model" in str(await Piper(tmp_path / "absent.onnx").missing())
    model = voice(tmp_path)
    model.with_name(f"{model.name}.json").write_text("[]")
    assert "not the description" in str(await Piper(model).missing())
    assert Piper(model).languages == frozenset()

    def gone(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr("tts.engines.piper.version", gone)
    assert "hlasatel[piper]" in str(await Piper(voice(tmp_path)).missing())


async def test_a_broken_model_is_an_error(tmp_path: Path) -> None:
    model = voice(tmp_path)
    model.write_bytes(b"no model")
    with pytest.raises(SpeechError, match="piper gave no audio"):
        await Piper(model).synthesize(WORDS, "cs", tmp_path / "out.wav")


async def test_it_is_killed_in_time(tmp_path: Path) -> None:
    with pytest.raises(SpeechError, match=r"longer than 0\.1 s"):
        await Piper(voice(tmp_path), timeout_seconds=0.1).synthesize(WORDS, "cs", tmp_path / "out.wav")


async def test_a_cancel_ends_it(tmp_path: Path) -> None:
    task = asyncio.create_task(Piper(voice(tmp_path)).synthesize(WORDS, "cs", tmp_path / "out.wav"))
    async with asyncio.timeout(20):
        while not (tmp_path / "out.txt").exists():
            await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not (tmp_path / "out.wav").exists()


def test_without_a_model_piper_is_not_among_the_engines(tmp_path: Path) -> None:
    assert "piper" not in [engine.name for engine in configured_engines(SpeechSettings())]
    with_model = SpeechSettings(piper_model=str(voice(tmp_path)))
    assert [engine.name for engine in configured_engines(with_model)] == ["piper", "festival", "rhvoice", "espeak-ng"]
