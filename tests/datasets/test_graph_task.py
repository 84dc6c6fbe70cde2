from nni_autoattend.datasets.graph_task import pitfalls, planetoid


def test_the_files_of_a_citation_network():
    task = planetoid("PubMed", "papers", 3, 4, 5)
    assert (task.dataset, task.variant, task.folder) == ("Planetoid", "PubMed", "planetoid")
    assert len(task.files) == 8
    assert "planetoid/PubMed/raw/ind.pubmed.test.index" in task.files
    assert (task.nodes, task.edges, task.features) == (3, 4, 5)


def test_the_file_of_a_pitfalls_graph():
    task = pitfalls("Coauthor", "CS", "ms_academic_cs.npz", "people", 3, 4, 5)
    assert task.files == ("pyg_npz/CS/raw/ms_academic_cs.npz",)
    assert (task.dataset, task.variant, task.folder) == ("Coauthor", "CS", "pyg_npz")
