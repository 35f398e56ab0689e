"""pydub without its warnings at import: of the end of audioop, and of an ffmpeg that is not there."""

import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from pydub import AudioSegment
    from pydub.exceptions import CouldntDecodeError

__all__ = ["AudioSegment", "CouldntDecodeError"]
