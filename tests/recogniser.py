"""A listener who is not us: pocketsphinx, told which sentences may come, says which of them it hears.

It knows English sounds only. espeak-ng tells how Czech words sound, and each sound is taken for its nearest English
ones (ARPAbet). Whatever does not get through to the end of any sentence is not understood at all.
"""

import re
import subprocess
from collections.abc import Iterator, Sequence

from pocketsphinx import Decoder, get_model_path

from tts.segments import AudioSegment

RATE = 16000  # of the English model
# Wider than the usual 1e-48, for Czech sounds are poor English; the wider, the more is heard in
# reversed speech too.
BEAMS = {"beam": 1e-80, "pbeam": 1e-80, "wbeam": 1e-60}
# What espeak-ng writes beside the sounds: stress, pauses, limits; a colon alone, too, is a pause.
MARKS = "',=|!;"
PAUSES = ("", ":")
# espeak-ng's names of Czech sounds, and their English neighbours.
TABLE = """
    a=AA e=EH i=IH o=AO u=UH a:=AA e:=EH i:=IY o:=AO u:=UW aU=AW eI=EY eU=EH_UW oU=OW l-=AH_L r-=ER
    b=B c=T_Y d=D dz=D_Z dZ=JH f=F g=G h=HH j=Y J=D_Y k=K l=L m=M n=N n^=N_Y N=NG p=P
    Q=R_SH R=R R^=R_ZH s=S S=SH t=T ts=T_S tS=CH v=V x=HH z=Z Z=ZH
"""
SOUNDS: dict[str, str] = dict(re.findall(r"(\S+)=(\S+)", TABLE))


class Recogniser:
    def __init__(self, sentences: Sequence[str]) -> None:
        """``sentences``: Czech words alone, no digits. Raises KeyError for a sound that is not Czech."""
        self._sentences = {" ".join(_english(sentence)): sentence for sentence in sentences}
        assert len(self._sentences) == len(sentences), "two sentences sound alike"
        # Without bestpath=False the last words of a sentence may be left out.
        self._decoder = Decoder(
            hmm=get_model_path("en-us/en-us"), dict=None, lm=None, bestpath=False, loglevel="FATAL", **BEAMS
        )
        for word in sorted({word for sounds in self._sentences for word in sounds.split()}):
            self._decoder.add_word(word, word.replace("_", " "), True)
        choice = " | ".join(f"({sounds})" for sounds in self._sentences)
        self._decoder.add_jsgf_string("sentences", f"#JSGF V1.0; grammar sentences; public <one> = {choice};")
        self._decoder.activate_search("sentences")

    def understood(self, sound: AudioSegment) -> str | None:
        """Which of the sentences is heard in 16-bit mono sound; None where none is."""
        self._decoder.start_utt()
        self._decoder.process_raw(sound.set_frame_rate(RATE).raw_data, full_utt=True)
        self._decoder.end_utt()
        heard = self._decoder.hyp()
        return self._sentences.get(heard.hypstr) if heard is not None else None


def _english(sentence: str) -> Iterator[str]:
    """Each word as its English sounds, joined so that they are the word's name too: ``V_AO_D_AA`` for voda."""
    command = ("espeak-ng", "-v", "cs", "-q", "-x", "--sep=_", sentence)
    for word in subprocess.run(command, capture_output=True, check=True, text=True).stdout.split():
        bare = (part.strip(MARKS) for part in word.split("_"))
        yield "_".join(SOUNDS[sound] for sound in bare if sound not in PAUSES)
