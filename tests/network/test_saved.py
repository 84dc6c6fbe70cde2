import json
import subprocess
import sys

import pytest
import torch
from safetensors.torch import save_file

from nni_autoattend.dimensions import TextDimensions
from nni_autoattend.errors import RunFolderError, StorageError
from nni_autoattend.network.classifier import TextClassifier
from nni_autoattend.network.saved import load_model, save_model
from nni_autoattend.network.text import TextNetwork

TEXTS = ["so very very good film and so on", "bad", ""]


@pytest.fixture
def folder(tmp_path, network, codec):
    save_model(tmp_path / "model", network, {"metric": "macro-f1", "test": 0.5}, codec)
    return tmp_path / "model"


def edit(folder, **changes):
    path = folder / "model.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_a_loaded_model_predicts_the_same(folder, network, codec):
    loaded = load_model(folder)
    assert torch.equal(loaded.probabilities(TEXTS), TextClassifier(network, codec, {}).probabilities(TEXTS))
    assert loaded.architecture == network.architecture
    assert loaded.network.shape == network.shape
    assert loaded.codec == codec
    assert loaded.description == {"metric": "macro-f1", "test": 0.5}


def test_frozen_word_vectors_travel_inside(tmp_path, small, shape, codec):
    vectors = tmp_path / "vectors.safetensors"
    save_file({"embedding": torch.randn(7, 6)}, vectors)
    network = TextNetwork(small, shape, TextDimensions(7, 6, 3, tune_embedding=False, embedding_file=str(vectors)))
    save_model(tmp_path / "model", network, {}, codec)
    vectors.unlink()
    loaded = load_model(tmp_path / "model").network
    assert torch.equal(loaded.embedding.weight, network.embedding.weight)
    assert not loaded.embedding.weight.requires_grad
    assert str(tmp_path) not in (tmp_path / "model" / "model.json").read_text()


def test_saving_again_replaces_the_model(folder, network, codec):
    with torch.no_grad():
        network.head.classifier.bias.fill_(3.0)
    save_model(folder, network, {"metric": "accuracy"}, codec)
    loaded = load_model(folder)
    assert loaded.network.head.classifier.bias.eq(3.0).all()
    assert sorted(path.name for path in folder.iterdir()) == ["model.json", "model.safetensors"]


def test_weights_of_a_torn_pair_are_refused(folder, tmp_path, network, codec):
    with torch.no_grad():
        network.head.classifier.bias.fill_(3.0)
    save_model(tmp_path / "other", network, {}, codec)
    (tmp_path / "other" / "model.safetensors").replace(folder / "model.safetensors")
    with pytest.raises(RunFolderError, match=r"does not belong to model\.json"):
        load_model(folder)


@pytest.mark.parametrize("name", ["model.json", "model.safetensors"])
@pytest.mark.parametrize("damage", ["missing", "cut", "empty"])
def test_missing_and_damaged_files_are_told(folder, name, damage):
    path = folder / name
    content = path.read_bytes()
    path.unlink()
    if damage != "missing":
        path.write_bytes(content[: len(content) // 2] if damage == "cut" else b"")
    with pytest.raises(RunFolderError) as error:
        load_model(folder)
    assert str(path) in str(error.value) or str(folder) in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": 2}, "format 1"),
        ({"shape": {"width": 8}}, "'heads' is missing"),
        ({"architecture": []}, "at least one layer"),
        ({"architecture": [{"kind": "addition", "source": 0, "left_op": "conv1", "right_op": "zero"}]}, "state_dict"),
        ({"dimensions": {"vocabulary_size": 7, "embedding_width": 6, "classes": 4}}, "size mismatch|state_dict"),
        ({"codec": {}}, "text codec"),
    ],
)
def test_descriptions_that_do_not_fit_are_told_in_one_line(folder, changes, message):
    edit(folder, **changes)
    with pytest.raises(RunFolderError, match=message) as error:
        load_model(folder)
    assert "\n" not in str(error.value)


def test_a_full_disk_keeps_the_model_saved_before(folder, network, codec, monkeypatch):
    before = load_model(folder).probabilities(TEXTS)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("nni_autoattend.network.model_files.save_file", full)
    with pytest.raises(StorageError, match="No space left"):
        save_model(folder, network, {}, codec)
    assert torch.equal(load_model(folder).probabilities(TEXTS), before)
    assert sorted(path.name for path in folder.iterdir()) == ["model.json", "model.safetensors"]


def test_loading_and_predicting_imports_neither_nni_nor_lightning(folder):
    program = (
        "import sys; from pathlib import Path; from nni_autoattend.network.saved import load_model; "
        f"assert load_model(Path({str(folder)!r})).predict(['very good'])[0].label in ('no', 'yes', 'maybe'); "
        "heavy = {'nni', 'pytorch_lightning', 'lightning', 'pandas', 'sklearn', 'torchtext'} & set(sys.modules); "
        "higher = [name for name in sys.modules if name.startswith('nni_autoattend.') and name.split('.')[1] in "
        "('space', 'supernet', 'training', 'strategy', 'experiment', 'report', 'cli', 'baselines')]; "
        "print(sorted(heavy), higher)"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert result.stdout.strip() == "[] []"
