from nni_autoattend.ops.graph_linear_attention import LinearAttention


def test_is_the_formula(attends_by):
    def score(mapped, vectors):
        return (mapped @ vectors[0]).tanh().expand(9, 9)

    attends_by(LinearAttention, score)
