import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch

from nni_autoattend.errors import RunFolderError
from nni_autoattend.network.graph_saved import load_graph_model, save_graph_model
from nni_autoattend.network.model_files import kind_of
from nni_autoattend.network.node_classifier import NodeClassifier
from nni_autoattend.network.saved import load_model, save_model


@pytest.fixture
def node_network(build_node_network, node_codec):
    return build_node_network(node_codec)


@pytest.fixture
def folder(tmp_path, node_network, node_codec):
    save_graph_model(tmp_path / "model", node_network, {"metric": "accuracy", "test": 0.5}, node_codec)
    return tmp_path / "model"


def edit(folder, **changes):
    path = folder / "model.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_a_loaded_model_predicts_the_same(folder, node_network, node_codec, cited):
    loaded = load_graph_model(folder)
    assert loaded.predict(cited) == NodeClassifier(node_network, node_codec, {}).predict(cited)
    assert loaded.architecture == node_network.architecture
    assert (loaded.network.shape, loaded.network.dimensions) == (node_network.shape, node_network.dimensions)
    assert loaded.codec == node_codec
    assert loaded.description == {"metric": "accuracy", "test": 0.5}
    assert sorted(path.name for path in folder.iterdir()) == ["model.json", "model.safetensors"]


def test_what_scales_columns_and_names_several_labels_travels_too(tmp_path, build_node_network, node_codec, cited):
    codec = replace(node_codec, multi_label=True, normalise="columns", means=(0.1,) * 5, scales=(0.3,) * 5)
    network = build_node_network(codec)
    save_graph_model(tmp_path, network, {}, codec)
    asked = np.arange(6)
    assert load_graph_model(tmp_path).predict(cited, asked) == NodeClassifier(network, codec, {}).predict(cited, asked)


def test_weights_of_a_torn_pair_are_refused(folder, tmp_path, node_network, node_codec):
    with torch.no_grad():
        node_network.head.classifier.bias.fill_(3.0)
    save_graph_model(tmp_path / "other", node_network, {}, node_codec)
    (tmp_path / "other" / "model.safetensors").replace(folder / "model.safetensors")
    with pytest.raises(RunFolderError, match=r"does not belong to model\.json"):
        load_graph_model(folder)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": 2}, "format 1"),
        ({"shape": {"width": 8}}, "'heads' is missing"),
        ({"architecture": [{"kind": "addition", "source": 0, "left_op": "gnc", "right_op": "zero"}]}, "unknown"),
        ({"dimensions": {"features": 5, "classes": 4}}, "size mismatch|state_dict"),
        ({"codec": {}}, "graph codec"),
    ],
)
def test_descriptions_that_do_not_fit_are_told_in_one_line(folder, changes, message):
    edit(folder, **changes)
    with pytest.raises(RunFolderError, match=message) as error:
        load_graph_model(folder)
    assert "\n" not in str(error.value)


def test_models_of_texts_and_of_graphs_are_told_apart(folder, tmp_path, network, codec):
    save_model(tmp_path / "text", network, {}, codec)
    assert (kind_of(folder), kind_of(tmp_path / "text")) == ("graph", "text")
    with pytest.raises(RunFolderError, match="is for graph data, not for text data"):
        load_model(folder)
    with pytest.raises(RunFolderError, match="is for text data, not for graph data"):
        load_graph_model(tmp_path / "text")


@pytest.mark.timeout(180)
@pytest.mark.slow  # a process, and torch-geometric imported in it
def test_loading_and_predicting_imports_neither_nni_nor_lightning(folder):
    program = (
        "import sys; from pathlib import Path; import numpy as np; "
        "from nni_autoattend.network.graph_saved import load_graph_model; "
        "from nni_autoattend.datasets.graph_splits import Graph; "
        "graph = Graph(np.ones((3, 5), np.float32), np.array([[1, 0], [0, 1]]), np.full(3, -1)); "
        f"assert len(load_graph_model(Path({str(folder)!r})).predict(graph)) == 3; "
        "heavy = {'nni', 'pytorch_lightning', 'lightning', 'sklearn', 'torchtext'} & set(sys.modules); "
        "higher = [name for name in sys.modules if name.startswith('nni_autoattend.') and name.split('.')[1] in "
        "('space', 'supernet', 'training', 'strategy', 'experiment', 'report', 'cli', 'baselines')]; "
        "print(sorted(heavy), higher)"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert result.stdout.strip() == "[] []"
