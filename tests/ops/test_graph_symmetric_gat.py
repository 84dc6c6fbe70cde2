import torch.nn.functional as F

from nni_autoattend.ops.graph_symmetric_gat import SymmetricGAT


def test_is_the_formula(attends_by):
    def score(mapped, vectors):
        forth = (mapped @ vectors[0])[:, None] + mapped @ vectors[1]
        return F.leaky_relu(forth, 0.2) + F.leaky_relu(forth.T, 0.2)

    attends_by(SymmetricGAT, score)
