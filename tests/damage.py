"""What may become of a file, for the tests of those that read it."""

from hypothesis import strategies as st


def damages(content):
    """Return a strategy for bytes that were once ``content``."""
    places = st.integers(0, len(content) - 1)
    return st.one_of(
        places.map(lambda n_left: content[:n_left]),
        st.binary(min_size=1, max_size=50).map(lambda tail: content + tail),
        st.binary(max_size=200),
        st.lists(st.tuples(places, st.integers(0, 255)), min_size=1, max_size=5).map(
            lambda changes: _changed(content, changes)
        ),
    )


def _changed(content, changes):
    changed = bytearray(content)
    for place, byte in changes:
        changed[place] = byte
    return bytes(changed)
