"""A shuffled ``range`` of any size that is never held: position in, number out."""

from hashlib import blake2b

_ROUNDS = 4


class ShuffledRange:
    """The numbers ``0 .. size - 1``, each once, in an order that the seed alone decides; memory does not grow.

    A Feistel network on the bits of a number is a permutation whatever its round function; numbers beyond ``size`` are
    sent through it again until they fall inside (cycle walking, fewer than four times on average).
    Source: Black and Rogaway, *Ciphers with arbitrary finite domains* (2002).

    Args:
        size: how many numbers, at least 1; may have hundreds of digits.
        seed: of the order.
    """

    def __init__(self, size: int, seed: int) -> None:
        if size < 1:
            raise ValueError(f"a shuffled range holds at least one number, found {size}")
        self.size, self.seed = size, seed
        self._half = max(1, -(-(size - 1).bit_length() // 2))  # bits of each of the two halves
        self._mask = (1 << self._half) - 1

    def __getitem__(self, position: int) -> int:
        """Return the number at ``position`` (iteration ends with the ``IndexError``).

        Raises:
            IndexError: there is no such position.
        """
        if not 0 <= position < self.size:
            raise IndexError(position)
        number = self._permute(position)
        while number >= self.size:
            number = self._permute(number)
        return number

    def _permute(self, number: int) -> int:
        left, right = number >> self._half, number & self._mask
        for turn in range(_ROUNDS):
            left, right = right, left ^ self._scramble(turn, right)
        return left << self._half | right

    def _scramble(self, turn: int, value: int) -> int:
        """Return ``self._half`` bits that depend on seed, round and value."""
        text, blocks = f"{self.seed} {turn} {value}", -(-self._half // 512)
        digest = b"".join(blake2b(f"{block} {text}".encode()).digest() for block in range(blocks))
        return int.from_bytes(digest, "big") & self._mask
