"""The terms of texts: words or letters in a row, found and counted in bytes of ASCII.

A term is a slice of a text that was made plain: lower case, words with one space between them. Tables of terms are
open: slot[hash & mask] is a term's number, or -1.
"""

import math

import numpy as np

from ropeway.transforms.kernels.murmur import murmur3
from ropeway.transforms.kernels.wide import compiled

#: how terms are found, the place of each number in `how`
KIND, LOWER, SHORTEST, LEAST, MOST = range(5)
WORD, CHAR, CHAR_WB = range(3)


@compiled
def _is_word(letter):  # type: ignore[no-untyped-def]
    digit = 48 <= letter <= 57
    upper = 65 <= letter <= 90
    return digit or upper or 97 <= letter <= 122 or letter == 95


@compiled
def _is_space(letter):  # type: ignore[no-untyped-def]
    return letter == 32 or 9 <= letter <= 13 or 28 <= letter <= 31


@compiled
def slots_of(bounds, letters, slots):  # type: ignore[no-untyped-def]
    """Fill the table of some terms; `slots` are -1, a power of two, more than there are terms."""
    mask = len(slots) - 1
    for i in range(len(bounds) - 1):
        at = murmur3(letters, bounds[i], bounds[i + 1], 0) & mask
        while slots[at] >= 0:
            at = (at + 1) & mask
        slots[at] = i


@compiled
def _found(text, first, end, hashed, bounds, letters, slots):  # type: ignore[no-untyped-def]
    """The number of the term text[first:end], and else -1."""
    mask = len(slots) - 1
    at = hashed & mask
    while slots[at] >= 0:
        term = slots[at]
        begin = bounds[term]
        if bounds[term + 1] - begin == end - first:
            same = True
            for i in range(end - first):
                if letters[begin + i] != text[first + i]:
                    same = False
                    break
            if same:
                return np.int64(term)
        at = (at + 1) & mask
    return np.int64(-1)


@compiled
def _plain(letters, first, end, how, stop_bounds, stop_letters, stop_slots, text, spans):  # type: ignore[no-untyped-def]
    """How many words, or 1, and how many letters: a text made plain into `text`, its words into `spans`."""
    lower = how[LOWER] != 0
    size = 0
    words = 0
    at = first
    if how[KIND] == CHAR:
        while at < end:
            letter = letters[at]
            at += 1
            # two spaces or more are one, a single tab stays a tab
            if _is_space(letter) and at < end and _is_space(letters[at]):
                letter = np.uint8(32)
                while at < end and _is_space(letters[at]):
                    at += 1
            text[size] = letter + np.uint8(32) if lower and 65 <= letter <= 90 else letter
            size += 1
        return 1, size
    by_space = how[KIND] == CHAR_WB
    while at < end:
        inside = not _is_space(letters[at]) if by_space else _is_word(letters[at])
        if not inside:
            at += 1
            continue
        begin = size
        if by_space:
            text[size] = 32
            size += 1
        while at < end and (not _is_space(letters[at]) if by_space else _is_word(letters[at])):
            letter = letters[at]
            text[size] = letter + np.uint8(32) if lower and 65 <= letter <= 90 else letter
            size += 1
            at += 1
        keep = by_space or size - begin >= how[SHORTEST]
        if keep and len(stop_bounds) > 1:
            hashed = murmur3(text, begin, size, 0)
            keep = _found(text, begin, size, hashed, stop_bounds, stop_letters, stop_slots) < 0
        if not keep:
            size = begin
            continue
        text[size] = 32
        spans[words, 0] = begin
        spans[words, 1] = size + 1 if by_space else size
        size += 1
        words += 1
    return words, size


@compiled
def _terms(words, size, how, spans, terms):  # type: ignore[no-untyped-def]
    """(terms, how many): the slices that are terms, in an array that may be a longer one."""
    count = 0
    kind = how[KIND]
    needed = (words if kind == WORD else size + words) * (how[MOST] - how[LEAST] + 1)
    if needed > len(terms):
        terms = np.empty((2 * needed, 2), np.int64)
    if kind == WORD:
        for n in range(how[LEAST], min(how[MOST], words) + 1):
            for i in range(words - n + 1):
                terms[count, 0] = spans[i, 0]
                terms[count, 1] = spans[i + n - 1, 1]
                count += 1
    elif kind == CHAR:
        for n in range(how[LEAST], min(how[MOST], size) + 1):
            for i in range(size - n + 1):
                terms[count, 0] = i
                terms[count, 1] = i + n
                count += 1
    else:
        for i in range(words):
            begin = spans[i, 0]
            length = spans[i, 1] - begin
            for n in range(how[LEAST], how[MOST] + 1):
                terms[count, 0] = begin
                terms[count, 1] = begin + min(n, length)
                count += 1
                for j in range(1, length - n + 1):
                    terms[count, 0] = begin + j
                    terms[count, 1] = begin + j + n
                    count += 1
                # a word shorter than n counts once
                if length <= n:
                    break
    return terms, count


@compiled
def _longest(bounds):  # type: ignore[no-untyped-def]
    longest = np.int64(0)
    for i in range(len(bounds) - 1):
        longest = max(longest, np.int64(bounds[i + 1] - bounds[i]))
    return longest


@compiled
def counted(  # type: ignore[no-untyped-def]
    bounds, letters, how, stop_bounds, stop_letters, stop_slots, term_bounds, term_letters, slots, width, signed
):  # fmt: skip
    """(ends, places, counts) of each text: places rising, of the terms that are in a table.

    Without a table (no slots) a term's place is its hash, without its sign, modulo `width`; `signed`: with a negative
    hash a term counts -1.
    """
    rows = len(bounds) - 1
    ends = np.zeros(rows + 1, np.int64)
    places = np.empty(max(16, 8 * rows), np.int32)
    counts = np.empty(len(places))
    longest = _longest(bounds)
    text = np.empty(3 * longest + 4, np.uint8)
    spans = np.empty((longest + 1, 2), np.int64)
    terms = np.empty((64, 2), np.int64)
    totals = np.zeros(width, np.int64)
    seen = np.full(width, -1, np.int64)
    touched = np.empty(64, np.int32)
    used = 0
    for row in range(rows):
        words, size = _plain(
            letters, bounds[row], bounds[row + 1], how, stop_bounds, stop_letters, stop_slots, text, spans
        )
        terms, count = _terms(words, size, how, spans, terms)
        if count > len(touched):
            touched = np.empty(2 * count, np.int32)
        different = 0
        for i in range(count):
            hashed = murmur3(text, terms[i, 0], terms[i, 1], 0)
            one = 1
            if len(slots) > 0:
                place = _found(text, terms[i, 0], terms[i, 1], hashed, term_bounds, term_letters, slots)
                if place < 0:
                    continue
            else:
                place = abs(hashed) % width
                if signed and hashed < 0:
                    one = -1
            if seen[place] != row:
                seen[place] = row
                totals[place] = 0
                touched[different] = place
                different += 1
            totals[place] += one
        if used + different > len(places):
            more = 2 * (used + different)
            places = _longer(places, used, more)
            counts = _longer(counts, used, more)
        _sort(touched, different)
        for i in range(different):
            places[used + i] = touched[i]
            counts[used + i] = totals[touched[i]]
        used += different
        ends[row + 1] = used
    return ends, places[:used], counts[:used]


@compiled
def _sort(array, size):  # type: ignore[no-untyped-def]
    """Sort the first `size` integers by Shell's method: numpy's own sort takes seconds to compile."""
    gap = size
    while gap > 1:
        gap = max(1, gap * 4 // 9)
        for i in range(gap, size):
            value = array[i]
            j = i
            while j >= gap and array[j - gap] > value:
                array[j] = array[j - gap]
                j -= gap
            array[j] = value


@compiled
def _longer(array, used, size):  # type: ignore[no-untyped-def]
    made = np.empty(size, array.dtype)
    made[:used] = array[:used]
    return made


@compiled
def discovered(bounds, letters, times, how, stop_bounds, stop_letters, stop_slots):  # type: ignore[no-untyped-def]
    """(bounds, letters, rows, totals) of all terms of some texts, each of which is there `times` times.

    rows: in how many texts each term is; totals: how often in all.
    """
    longest = _longest(bounds)
    text = np.empty(3 * longest + 4, np.uint8)
    spans = np.empty((longest + 1, 2), np.int64)
    terms = np.empty((64, 2), np.int64)
    slots = np.full(1 << 12, -1, np.int32)
    term_bounds = np.zeros((1 << 11) + 1, np.int64)
    term_letters = np.empty(1 << 15, np.uint8)
    rows = np.zeros(1 << 11, np.int64)
    totals = np.zeros(1 << 11, np.int64)
    last = np.full(1 << 11, -1, np.int64)
    known = 0
    for row in range(len(bounds) - 1):
        words, size = _plain(
            letters, bounds[row], bounds[row + 1], how, stop_bounds, stop_letters, stop_slots, text, spans
        )
        terms, count = _terms(words, size, how, spans, terms)
        for i in range(count):
            first = terms[i, 0]
            end = terms[i, 1]
            hashed = murmur3(text, first, end, 0)
            place = _found(text, first, end, hashed, term_bounds, term_letters, slots)
            if place < 0:
                if known == len(rows):
                    rows = _longer(rows, known, 2 * known)
                    totals = _longer(totals, known, 2 * known)
                    last = _longer(last, known, 2 * known)
                    term_bounds = _longer(term_bounds, known + 1, 2 * known + 1)
                    slots = np.full(4 * known, -1, np.int32)
                    slots_of(term_bounds[: known + 1], term_letters, slots)
                begin = term_bounds[known]
                if begin + end - first > len(term_letters):
                    term_letters = _longer(term_letters, begin, 2 * (begin + end - first))
                for j in range(end - first):
                    term_letters[begin + j] = text[first + j]
                term_bounds[known + 1] = begin + end - first
                mask = len(slots) - 1
                at = hashed & mask
                while slots[at] >= 0:
                    at = (at + 1) & mask
                slots[at] = known
                place = np.int64(known)
                rows[place] = 0
                totals[place] = 0
                last[place] = -1
                known += 1
            totals[place] += times[row]
            if last[place] != row:
                last[place] = row
                rows[place] += times[row]
    return term_bounds[: known + 1], term_letters[: term_bounds[known]], rows[:known], totals[:known]


@compiled
def hashed(bounds, letters, how, stop_bounds, stop_letters, stop_slots):  # type: ignore[no-untyped-def]
    """(ends, hashes) of the terms of each text, each as often as it is there."""
    longest = _longest(bounds)
    text = np.empty(3 * longest + 4, np.uint8)
    spans = np.empty((longest + 1, 2), np.int64)
    terms = np.empty((64, 2), np.int64)
    ends = np.zeros(len(bounds), np.int64)
    hashes = np.empty(max(16, 16 * len(bounds)), np.int64)
    used = 0
    for row in range(len(bounds) - 1):
        words, size = _plain(
            letters, bounds[row], bounds[row + 1], how, stop_bounds, stop_letters, stop_slots, text, spans
        )
        terms, count = _terms(words, size, how, spans, terms)
        if used + count > len(hashes):
            hashes = _longer(hashes, used, 2 * (used + count))
        for i in range(count):
            hashes[used + i] = murmur3(text, terms[i, 0], terms[i, 1], 0)
        used += count
        ends[row + 1] = used
    return ends, hashes[:used]


#: what `measured` counts in a text, the place of each
(SIZE, SOLID, STRIPPED, ALL_WORDS, UNIQUE, SENTENCES, DIGITS, LETTERS, UPPERS, LOWERS, SPECIALS, SPACES, STARTS, STOPS,
 MEASURES) = range(15)  # fmt: skip


@compiled
def measured(bounds, letters, out):  # type: ignore[no-untyped-def]
    """Fill out[MEASURES, texts]."""
    longest = _longest(bounds)
    text = np.empty(3 * longest + 4, np.uint8)
    spans = np.empty((longest + 1, 2), np.int64)
    how = np.array([CHAR_WB, 1, 1, 1, 1])
    nothing = np.zeros(1, np.int64)
    none = np.full(1, -1, np.int32)
    room = 16
    while room < longest + 2:
        room *= 2
    slots = np.full(room, -1, np.int32)
    used = np.empty(longest + 1, np.int64)
    out[:] = 0
    for row in range(len(bounds) - 1):
        first = bounds[row]
        end = bounds[row + 1]
        digits = uppers = lowers = specials = spaces = sentences = 0
        begin = end
        last = first
        mark = False
        for at in range(first, end):
            letter = letters[at]
            space = _is_space(letter)
            digit = 48 <= letter <= 57
            upper = 65 <= letter <= 90
            lower = 97 <= letter <= 122
            spaces += space
            digits += digit
            uppers += upper
            lowers += lower
            specials += not (space or digit or upper or lower)
            if not space:
                begin = min(begin, at)
                last = at + 1
            marked = letter == 33 or letter == 46 or letter == 63  # noqa: PLR1714  ! . ?; a set is slow to compile
            sentences += marked and not mark
            mark = marked
        words, _ = _plain(letters, first, end, how, nothing, letters[:0], none, text, spans)
        unique = 0
        mask = room - 1
        for i in range(words):
            a = spans[i, 0]
            b = spans[i, 1]
            at = murmur3(text, a, b, 0) & mask
            new = True
            while slots[at] >= 0 and new:
                other = slots[at]
                if spans[other, 1] - spans[other, 0] == b - a:
                    same = True
                    for j in range(b - a):
                        if text[spans[other, 0] + j] != text[a + j]:
                            same = False
                            break
                    new = not same
                if new:
                    at = (at + 1) & mask
            if new:
                slots[at] = i
                used[unique] = at
                unique += 1
        for i in range(unique):
            slots[used[i]] = -1
        out[SIZE, row] = end - first
        out[SOLID, row] = end - first - spaces
        out[STRIPPED, row] = max(last - begin, 0)
        out[ALL_WORDS, row] = words
        out[UNIQUE, row] = unique
        out[SENTENCES, row] = sentences
        out[DIGITS, row] = digits
        out[LETTERS, row] = uppers + lowers
        out[UPPERS, row] = uppers
        out[LOWERS, row] = lowers
        out[SPECIALS, row] = specials
        out[SPACES, row] = spaces
        if end > first:
            out[STARTS, row] = 65 <= letters[first] <= 90
            # the end of the first line, and the line feed that may stand at the end of all
            at = first
            while at < end and letters[at] != 10:
                at += 1
            if at > first and (at == end or at == end - 1):
                final = letters[at - 1]
                out[STOPS, row] = final == 33 or final == 46 or final == 63  # noqa: PLR1714


@compiled
def weighed(ends, places, numbers, weights, binary, sublinear, norm):  # type: ignore[no-untyped-def]
    """Counts of terms as weights, in place: 1, or 1 + log, times the weight of each term, over the norm of the row.

    norm: 0 for none, 1 for the sum of absolute values, 2 for the root of squares. A row of zeros stays.
    """
    for row in range(len(ends) - 1):
        total = 0.0
        for i in range(ends[row], ends[row + 1]):
            x = 1.0 if binary else numbers[i]
            if sublinear:
                x = math.log(x) + 1.0
            if len(weights) > 0:
                x *= weights[places[i]]
            numbers[i] = x
            total += abs(x) if norm == 1 else x * x
        if norm > 0 and total > 0.0:
            total = math.sqrt(total) if norm == 2 else total
            for i in range(ends[row], ends[row + 1]):
                numbers[i] /= total
