"""Losses and decisions of one class an item, and of several labels."""

import torch
from torch.nn import functional as F

from nni_autoattend.training.decisions import decisions, is_multi_label, item_losses, mean_loss

LOGITS = torch.tensor([[2.0, -1.0, 0.5], [-3.0, 1.0, 0.0]])
CLASSES = torch.tensor([0, 2])
LABELS = torch.tensor([[1.0, 0.0, 1.0], [0.0, 0.0, 1.0]])


def test_labels_say_how_many_an_item_may_have():
    assert not is_multi_label(CLASSES)
    assert is_multi_label(LABELS)


def test_the_loss_of_classes_is_cross_entropy():
    torch.testing.assert_close(item_losses(LOGITS, CLASSES), F.cross_entropy(LOGITS, CLASSES, reduction="none"))
    torch.testing.assert_close(mean_loss(LOGITS, CLASSES), item_losses(LOGITS, CLASSES).mean())


def test_the_loss_of_labels_is_their_mean_binary_cross_entropy():
    right = LABELS * LOGITS.sigmoid().log() + (1 - LABELS) * (1 - LOGITS.sigmoid()).log()
    torch.testing.assert_close(item_losses(LOGITS, LABELS), -right.mean(dim=1))
    torch.testing.assert_close(mean_loss(LOGITS, LABELS), item_losses(LOGITS, LABELS).mean())


def test_decisions_look_like_the_labels():
    assert decisions(LOGITS, CLASSES).tolist() == [0, 1]
    assert decisions(LOGITS, LABELS).tolist() == [[1.0, 0.0, 1.0], [0.0, 1.0, 0.0]]
