from nni_autoattend.ops.graph_cosine import Cosine


def test_is_the_formula(attends_by):
    def score(mapped, vectors):
        return (mapped * vectors[0]) @ mapped.T

    attends_by(Cosine, score)
