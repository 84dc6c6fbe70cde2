import inspect

from nni_autoattend.progress import Observer, SilentObserver


def test_the_silent_observer_takes_every_call_and_writes_nothing(capsys: object) -> None:
    observer: Observer = SilentObserver()
    observer.start("supernet", 10, done=3)
    observer.start("unknown length")
    observer.advance()
    observer.advance(2, loss=0.5)
    observer.say("hello")
    observer.finish()
    assert capsys.readouterr() == ("", "")  # type: ignore[attr-defined]


def test_the_silent_observer_has_the_signatures_of_the_contract() -> None:
    for name in ("start", "advance", "finish", "say"):
        assert inspect.signature(getattr(SilentObserver, name)) == inspect.signature(getattr(Observer, name))
