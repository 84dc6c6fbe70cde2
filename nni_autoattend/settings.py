"""The settings of a run as checked values: how networks are shaped and trained, which data, what is retrained."""

from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, ClassVar, Literal

from nni_autoattend.settings_consistency import Consistency

BestBy = Literal["score", "loss", "both"]
Metric = Literal["accuracy", "macro-f1", "balanced-accuracy"]


@dataclass(frozen=True)
class NetworkShape:
    """Widths and rates of a network; not searched.

    Attributes:
        width: channels of every state.
        heads: attention heads; they divide the width.
        dropout: rate inside edge operations and the stem.
        attention_dropout: rate on attention weights.
        aggregation_dropout: rate on the output of a functional layer.
    """

    width: int
    heads: int
    dropout: float
    attention_dropout: float
    aggregation_dropout: float

    def __post_init__(self) -> None:
        _at_least(1, width=self.width, heads=self.heads)
        if self.width % self.heads:
            raise ValueError(f"heads ({self.heads}) must divide width ({self.width})")
        _rate(dropout=self.dropout, attention_dropout=self.attention_dropout)
        _rate(aggregation_dropout=self.aggregation_dropout)


@dataclass(frozen=True)
class TrainingSettings:
    """How one network, or one supernet, is trained with Adam.

    Attributes:
        epochs: passes over the training split.
        batch_size: texts in a batch.
        lr: Adam's learning rate, constant.
        weight_decay: Adam's L2 penalty.
        clip: largest global gradient norm (0: no clipping).
        bucket_pool: shuffled batches are cut from pools of this many batches sorted by length (0: no sorting).
        patience: epochs in a row without a better score after which the training of a network ends (``None``: all
            epochs are trained); a supernet has no score to wait for.
        best: what makes an epoch the best of a network's training, a training the best of several, and an architecture
            the fittest of a search: ``score``, of equal epochs the lowest loss; or ``loss``, which a few hundred items
            tell more steadily; or ``both``, their geometric mean (``fitness_of``). The loss is that of the temperature
            that suits a network best (``calibrated_loss``): how sure of itself it is does not count.
        consistency: a network is trained to say the same of an item whatever dropout takes away (``None``: it is not);
            not for supernets.
    """

    epochs: int
    batch_size: int
    lr: float
    weight_decay: float = 0.0
    clip: float = 5.0
    bucket_pool: int = 50
    patience: int | None = None
    best: BestBy = "score"
    consistency: Consistency | None = None

    def __post_init__(self) -> None:
        _at_least(1, epochs=self.epochs, batch_size=self.batch_size)
        _at_least(0, bucket_pool=self.bucket_pool, weight_decay=self.weight_decay, clip=self.clip)
        _at_least(1, patience=1 if self.patience is None else self.patience)
        _positive(lr=self.lr)


@dataclass(frozen=True)
class SearchSettings(TrainingSettings):
    """How a strategy trains: the supernet of a one-shot strategy, every trial of a multi-trial one.

    Attributes:
        trials: networks that a multi-trial strategy may train.
        samples: architectures of the second stage, scored on the trained supernet (strategies that export no winner).
        finalists: of a supernet's fittest architectures so many, no two alike, are trained alone, as retraining does,
            and handed over in the order of how they then do on the search half of validation (0: none; the supernet
            says which are handed over).
        simplifications: so many simpler networks than the finalists are tried at most, in the same way (0: none).
        tolerance: share of the best fitness that a simpler network may lack to be handed over before the best.
        checkpoint_minutes: at most this much work is lost by a kill (and never less than one step is kept).
        share: part of a wall-clock budget that the search may use; the rest is kept for retraining.
    """

    trials: int | None = None
    samples: int | None = None
    finalists: int = 0
    simplifications: int = 0
    tolerance: float = 0.02
    checkpoint_minutes: float = 5.0
    share: float = 0.6

    def __post_init__(self) -> None:
        super().__post_init__()
        _at_least(1, trials=1 if self.trials is None else self.trials)
        _at_least(1, samples=1 if self.samples is None else self.samples)
        _at_least(0, checkpoint_minutes=self.checkpoint_minutes)
        _at_least(0, finalists=self.finalists, simplifications=self.simplifications)
        _rate(tolerance=self.tolerance)
        if not 0 < self.share < 1:
            raise ValueError(f"share must lie between 0 and 1, found {self.share}")


@dataclass(frozen=True)
class DataSettings:
    """Which data, and how texts become tokens.

    Attributes:
        task: name of a task (``list tasks``); ``None`` with own files.
        root: folder that holds the task's files; ``None``: download there, or nothing needed.
        train, valid, test: own files (CSV, TSV, JSONL, Parquet); missing ones are split off ``train``.
        text_column, label_column: columns of own files.
        phrases: train and validate on labelled sub-phrases where the task has them (SST).
        tokenizer: ``basic_english``, ``char`` or ``module:function`` (text -> list of tokens).
        max_length: tokens of a window; ``None``: 95th percentile of train. Longer texts slide by half a window.
        min_count: rarer training tokens, unless the vector file has them, become the unknown token, which is so
            trained on something (published: 1; with learned embeddings it cost 6 points on TREC's selection half).
        vectors: GloVe or word2vec text file; ``None``: embeddings are learned.
        max_vectors: most frequent rows of the vector file that are kept.
        tune_vectors: train the word vectors too.
        embedding_width: width of learned embeddings.
        metric: drives fitness, selection and report.
        validation_share, test_share: parts split off, stratified, where the data has no such split.
        split_seed: seed of every split.
        size: training sentences of generated tasks.
    """

    SOURCES: ClassVar[tuple[str, ...]] = ("task", "train", "valid", "test")
    """Keys that say which data."""
    PATHS: ClassVar[tuple[str, ...]] = ("root", "train", "valid", "test", "vectors")
    """Keys that name files and folders."""
    PLACES: ClassVar[tuple[str, ...]] = ("root", "train", "valid", "test")
    """Keys that a resumed run may change: the same data, by their fingerprint, at another place."""

    task: str | None = None
    root: Path | None = None
    train: Path | None = None
    valid: Path | None = None
    test: Path | None = None
    text_column: str = "text"
    label_column: str = "label"
    phrases: bool = False
    tokenizer: str = "basic_english"
    max_length: int | None = None
    min_count: int = 2
    vectors: Path | None = None
    max_vectors: int = 400_000
    tune_vectors: bool = False
    embedding_width: int = 128
    metric: Metric = "accuracy"
    validation_share: float = 0.1
    test_share: float = 0.1
    split_seed: int = 0
    size: int = 4000

    def __post_init__(self) -> None:
        if (self.task is None) == (self.train is None):
            raise ValueError("name either a task or a training file of your own (--task NAME or --train FILE)")
        _at_least(1, min_count=self.min_count, embedding_width=self.embedding_width, max_vectors=self.max_vectors)
        _at_least(2, max_length=2 if self.max_length is None else self.max_length)
        _at_least(100, size=self.size)
        if not (0 < self.validation_share < 0.5 and 0 < self.test_share < 0.5):
            raise ValueError("validation_share and test_share must lie between 0 and 0.5")

    @property
    def name(self) -> str:
        """Name of the task, or of the person's own training file."""
        return self.task or (self.train.stem if self.train else "data")


@dataclass(frozen=True)
class RetrainSettings:
    """How the winners, and what they are compared with, are trained from scratch.

    Attributes:
        width: channels of the retrained networks (``None``: the search width).
        epochs, batch_size, lr, weight_decay, clip, bucket_pool, patience, best, consistency: see ``TrainingSettings``;
            baselines are trained without consistency.
        dropout: rate of all dropouts (``None``: those of the search).
        shape: further values of the space's ``search:`` block that the retrained networks have.
        seeds: retrainings per reported network.
        top_k: best architectures of the search that are tried; the selection half of validation picks one.
        tolerance: share of the best one's fitness there that a simpler network may lack to be picked.
        baselines: what the winner is compared with; each gets ``top_k`` tuning runs too.
    """

    width: int | None = None
    epochs: int = 10
    batch_size: int = 128
    lr: float = 5e-4
    weight_decay: float = 0.0
    clip: float = 1.0
    bucket_pool: int = 50
    patience: int | None = None
    best: BestBy = "score"
    consistency: Consistency | None = None
    dropout: float | None = None
    shape: dict[str, Any] = field(default_factory=dict)
    seeds: int = 3
    top_k: int = 3
    tolerance: float = 0.0
    baselines: tuple[str, ...] = ("transformer", "bigru-attention", "text-cnn", "tfidf-logistic")

    def __post_init__(self) -> None:
        _at_least(1, seeds=self.seeds, top_k=self.top_k, width=1 if self.width is None else self.width)
        _rate(dropout=self.dropout or 0.0, tolerance=self.tolerance)
        self.training()

    def training(self) -> TrainingSettings:
        """Return the training part."""
        names = (one.name for one in fields(TrainingSettings))
        return TrainingSettings(**{name: getattr(self, name) for name in names})


def _at_least(least: float, **values: float) -> None:
    for name, value in values.items():
        if value < least:
            raise ValueError(f"{name} must be at least {least}, found {value}")


def _positive(**values: float) -> None:
    for name, value in values.items():
        if value <= 0:
            raise ValueError(f"{name} must be positive, found {value}")


def _rate(**values: float) -> None:
    for name, value in values.items():
        if not 0 <= value < 1:
            raise ValueError(f"{name} must lie in [0, 1), found {value}")
