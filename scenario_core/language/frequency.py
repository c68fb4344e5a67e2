"""How often words are used, by wordfreq's lists of what people wrote up to 2021.

The lists are read when a language is first asked for: 0.1 s and 40 MB each for the large ones. They then stay.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Literal

WordList = Literal["best", "small"]


@lru_cache(maxsize=200_000)
def zipf(word: str, code: str, wordlist: WordList = "best") -> float:
    """How often a word is used, as a power of ten per billion words: 7 for *the*, 3 for once in a million.

    0 where the list does not hold the word. `best` holds words down to about 1, `small` down to 3.
    """
    from wordfreq import zipf_frequency  # noqa: PLC0415 - takes 0.1 s, which only a check of texts shall pay

    frequencies(code, wordlist)
    return zipf_frequency(word, code, wordlist)


@cache
def frequencies(code: str, wordlist: WordList = "best") -> Mapping[str, float]:
    """A list: shares of all words, the most usual first.

    What wordfreq keeps of the form on disk is let go of: it would stay in memory beside the dictionary.
    """
    import wordfreq  # noqa: PLC0415 - as above

    read = wordfreq.get_frequency_dict(code, wordlist)
    wordfreq.get_frequency_list.cache_clear()
    return read


@cache
def usual_words(code: str, least: float, wordlist: WordList = "best") -> frozenset[str]:
    """The words of a list that are used so often or more, on the scale of `zipf`.

    What several words are made of, such as `l'eau`, is not among them: `zipf` knows those.
    """
    share = 10**least / 1e9
    return frozenset(word for word, found in frequencies(code, wordlist).items() if found >= share)
