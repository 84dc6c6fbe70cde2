from nni_autoattend.ops.graph_generalised import GeneralisedLinear


def test_is_the_formula(attends_by):
    def score(mapped, vectors):
        left, right, outer = vectors
        return ((mapped * left)[:, None] + mapped * right).tanh() @ outer

    attends_by(GeneralisedLinear, score)
