"""A scorer of how near an answer is to its reference in meaning, by a local embedding model; nothing is downloaded."""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

from gencost.errors import ConfigError
from gencost.quality.base import Finding, ReferenceScorer, needed

Encode = Callable[[str], Sequence[float]]
_MODULES = "modules.json"
_STATIC = "StaticEmbedding"


@dataclass(frozen=True, kw_only=True)
class EmbeddingSimilarity(ReferenceScorer):
    """Cosine of the embeddings of answer and reference, below 0 taken as 0.

    Attributes:
        path: a folder with a model: a static one as model2vec saves it, or any that sentence-transformers can load.
        name: in the ``scores`` table.
        version: changes when the definition changes; name the scorer after its model where you use several.
        in_flight: answers of a cell at once.

    Raises:
        ConfigError: the folder has no model, it cannot be loaded, or the package for it is not installed.
    """

    path: str
    name: str = "embedding"
    version: str = "1"
    in_flight: int = 1

    costly: ClassVar[bool] = True

    def __post_init__(self) -> None:
        """Load the model before the first call."""
        _ = self._encode

    @cached_property
    def _encode(self) -> Encode:
        folder = Path(self.path)
        if not (folder / _MODULES).is_file() and not (folder / "config.json").is_file():
            raise ConfigError(
                f"quality.{self.name}.path={self.path}: there is no embedding model; name the folder with its "
                f"{_MODULES} or config.json"
            )
        try:
            return load(str(folder.absolute()), self.name)
        except ConfigError:
            raise
        except Exception as error:  # noqa: BLE001 - a door: a damaged file may raise anything in the model's package
            message = " ".join(str(error).split())[:200]
            raise ConfigError(f"quality.{self.name}.path={self.path} cannot be loaded: {message}") from None

    def compare(self, answer: str, reference: str) -> Finding:
        """Compare the directions; a text that the model has no direction for gives no score."""
        vector, other = self._encode(answer), self._encode(reference)
        length = math.hypot(*vector) * math.hypot(*other)
        if not length > 0:
            return None, "the model knows no word of the answer or of the reference"
        cosine = math.fsum(a * b for a, b in zip(vector, other, strict=True)) / length
        return min(1.0, max(0.0, cosine)), None


@functools.lru_cache(maxsize=4)
def load(folder: str, scorer: str) -> Encode:
    """Load a model once for all cells.

    Args:
        folder: its absolute path.
        scorer: what needs it, for errors.

    Returns:
        Turns a text into its embedding; remembers the last texts, as references come again.

    Raises:
        ConfigError: the package for it is not installed.
    """
    model: Any
    if is_static(Path(folder)):
        model = needed("model2vec", "embeddings", scorer).StaticModel.from_pretrained(folder)
    else:
        package = needed("sentence_transformers", "transformers", scorer)
        model = package.SentenceTransformer(folder, device="cpu", local_files_only=True)

    @functools.lru_cache(maxsize=10_000)
    def encode(text: str) -> Sequence[float]:
        return tuple(float(value) for value in model.encode([text])[0])

    return encode


def is_static(folder: Path) -> bool:
    """Whether a folder has a static model, which needs no more than a table of vectors."""
    modules = folder / _MODULES
    if not modules.is_file():
        return bool(json.loads((folder / "config.json").read_text(encoding="utf-8")).get("model_type") == "model2vec")
    kinds = [str(module.get("type")) for module in json.loads(modules.read_text(encoding="utf-8"))]
    return any(kind.endswith(_STATIC) for kind in kinds)
