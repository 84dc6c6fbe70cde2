import pytest
import torch

from nni_autoattend.datasets.batches import collate
from nni_autoattend.dimensions import TextDimensions
from nni_autoattend.errors import DataError
from nni_autoattend.network.classifier import TextClassifier
from nni_autoattend.network.text import TextNetwork

TEXTS = ["so very very good film and so on", "bad", "", "a very bad film", "good good good good good good good"]


@pytest.fixture
def classifier(network, codec):
    return TextClassifier(network, codec, {"metric": "accuracy"})


def test_predictions_are_the_networks_in_the_order_of_the_texts(classifier):
    predictions = classifier.predict(TEXTS)
    for text, prediction in zip(TEXTS, predictions, strict=True):
        windows = [torch.tensor(window) for window in classifier.codec.encode_text(text)]
        expected = classifier.network(collate([windows]))[0].softmax(-1).tolist()
        assert list(prediction.probabilities) == ["no", "yes", "maybe"]
        assert list(prediction.probabilities.values()) == pytest.approx(expected, abs=1e-6)
        assert prediction.label == ("no", "yes", "maybe")[expected.index(max(expected))]
        assert sum(prediction.probabilities.values()) == pytest.approx(1.0, abs=1e-12)
    assert len({prediction.probabilities["no"] for prediction in predictions}) == len(TEXTS)


def test_the_batch_size_changes_nothing(classifier):
    whole = classifier.probabilities(TEXTS)
    torch.testing.assert_close(classifier.probabilities(TEXTS, batch_size=1), whole, atol=1e-6, rtol=0)
    torch.testing.assert_close(classifier.probabilities(TEXTS, batch_size=2), whole, atol=1e-6, rtol=0)


def test_dropout_is_off(network, codec):
    classifier = TextClassifier(network.train(), codec, {})
    assert torch.equal(classifier.probabilities(TEXTS), classifier.probabilities(TEXTS))


def test_no_text_gives_no_prediction(classifier):
    assert classifier.predict([]) == []


def test_what_is_no_text_is_told_by_its_number(classifier):
    with pytest.raises(DataError, match=r"text 2 is not a text but float \(nan\)"):
        classifier.predict(["good", float("nan")])
    with pytest.raises(DataError, match="put it in a list"):
        classifier.predict("good")


def test_a_codec_of_another_network_is_refused(small, shape, codec):
    network = TextNetwork(small, shape, TextDimensions(len(codec.vocabulary), 6, classes=2))
    with pytest.raises(ValueError, match="7 words and 2 classes"):
        TextClassifier(network, codec, {})
