"""Random-intercept models of many responses at once: regions, edges, scales."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rewire.numerics.estimates import p_of_t, patterns

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

_GRID = np.exp(np.linspace(np.log(1e-5), np.log(1e5), 24))
_STEPS = 60
_CLOSE = 1e-12
_EXACT = 1e-20  # of the sum of squares: what rounding leaves where there is nothing else


@dataclass(frozen=True, slots=True, eq=False)
class ManyMixed:
    """One model a response, all with the same fixed effects and one random intercept.

    Parameters
    ----------
    estimate, se, df, p
        Of each fixed effect, Satterthwaite's degrees of freedom, two-sided; shape (fixed
        effects, responses). NaN where there is no fit.
    sigma
        Residual standard deviation, shape (responses,).
    ratio
        Variance of the random intercept over the residual variance; 0 where singular.
    singular
        Whether groups vary no more than their rows explain, shape (responses,).
    rows
        Rows with a value, int64, shape (responses,).
    """

    estimate: FloatArray
    se: FloatArray
    df: FloatArray
    p: FloatArray
    sigma: FloatArray
    ratio: FloatArray
    singular: BoolArray
    rows: IntArray


def fit_many_mixed(responses: FloatArray, fixed: FloatArray, groups: IntArray) -> ManyMixed:
    """Fit ``response ~ fixed + (1 | group)`` by REML to every column of a matrix.

    Parameters
    ----------
    responses
        Float64, shape (rows, responses). A NaN leaves out that row of that response alone.
    fixed
        Fixed effects with the intercept, float64, shape (rows, fixed effects), finite.
    groups
        Group of each row from 0 (the participant), int64, shape (rows,).

    Returns
    -------
    ManyMixed
        NaN where too few rows are left, the fixed effects depend on one another in them, or
        these explain a response exactly.

    Raises
    ------
    ValueError
        If the rows do not match, or a fixed effect is not finite.

    Notes
    -----
    Responses with the same missing rows are fitted together. The covariance of a group of m rows
    has the inverse ``I - w 11'``, ``w = r / (1 + m r)``, so that the criterion of Bates et al.
    2015 (10.18637/jss.v067.i01) needs sums over groups of each size alone; the root of its
    derivative in ``log r`` is bracketed on a grid and found by the Illinois rule for all
    responses together. Where all groups have the same size and the fixed effects fall into those
    between and those within groups, as with two sessions for everybody, mean squares give the
    estimate in closed form.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> people = np.repeat(np.arange(40), 2)
    >>> y = 2.0 * rng.standard_normal((40, 3))[people] + rng.standard_normal((80, 3))
    >>> x = np.column_stack([np.ones(80), np.tile([0.0, 1.0], 40)])
    >>> fit = fit_many_mixed(y, x, people)
    >>> change = (y[1::2] - y[::2]).mean(axis=0)
    >>> bool(np.allclose(fit.estimate[1], change)), fit.df[1].round(3).tolist()
    (True, [39.0, 39.0, 39.0])
    """
    y, x = np.asarray(responses, dtype=np.float64), np.asarray(fixed, dtype=np.float64)
    if not len(y) == len(x) == len(groups):
        raise ValueError(f"{len(y)} responses' rows, {len(x)} fixed, {len(groups)} groups")
    if not np.isfinite(x).all():
        raise ValueError("fixed effects must be finite; leave out rows without them")
    shape = (x.shape[1], y.shape[1])
    table = {name: np.full(shape, np.nan) for name in ("estimate", "se", "df")}
    single = {name: np.full(shape[1], np.nan) for name in ("sigma", "ratio")}
    known = np.isfinite(y)
    for pattern in patterns(known):
        rows, cells = pattern.rows, pattern.cells
        own = x[rows]
        if len(rows) <= shape[0] or np.linalg.matrix_rank(own) < shape[0]:
            continue
        found = _Sums(y[np.ix_(rows, cells)], own, groups[rows]).fit()
        for name in table:
            table[name][:, cells] = getattr(found, name)
        for name in single:
            single[name][cells] = getattr(found, name)
    with np.errstate(invalid="ignore", divide="ignore"):
        p = p_of_t(table["estimate"] / table["se"], table["df"], "two-sided")
    singular = single["ratio"] == 0.0
    return ManyMixed(**table, p=p, **single, singular=singular, rows=known.sum(axis=0))


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    estimate: FloatArray
    se: FloatArray
    df: FloatArray
    sigma: FloatArray
    ratio: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class _At:
    """The criterion and its parts at a ratio for each response."""

    slope: FloatArray
    residual: FloatArray
    shift: FloatArray
    inverse: FloatArray
    lean: FloatArray


class _Sums:
    """What the criterion needs of the data: crossproducts, whole and summed over groups."""

    def __init__(self, y: FloatArray, x: FloatArray, groups: IntArray) -> None:
        self.rows, self.effects = x.shape
        self.own, *_ = np.linalg.lstsq(x, y, rcond=None)
        left = y - x @ self.own
        _, code, counts = np.unique(groups, return_inverse=True, return_counts=True)
        self.groups = len(counts)
        sums_x, sums_y = (_group_sums(v, code, self.groups) for v in (x, left))
        self.sizes, self.members = np.unique(counts, return_counts=True)
        parts = [counts == m for m in self.sizes]
        self.xx = x.T @ x
        self.yy = (left**2).sum(axis=0)
        self._total = (y**2).sum(axis=0)
        self.a = np.stack([sums_x[k].T @ sums_x[k] for k in parts])
        self.b = np.stack([sums_x[k].T @ sums_y[k] for k in parts])
        self.c = np.stack([(sums_y[k] ** 2).sum(axis=0) for k in parts])
        self._between = sums_x[code] / counts[code][:, None]
        self._splits = len(self.sizes) == 1 and self._contains(x, self._between)
        self._x = x

    def fit(self) -> _Found:
        """Return the fit of every response."""
        ratio = self._closed_form() if self._splits else self._root()
        at = self.at(ratio)
        residual = np.where(at.residual > _EXACT * self._total, at.residual, np.nan)
        sigma2 = residual / (self.rows - self.effects)
        variance = sigma2 * np.einsum("cii->ic", at.inverse)
        df = np.full(variance.shape, float(self.rows - self.effects))
        inside = ratio > 0.0
        if inside.any():
            df[:, inside] = self._degrees(ratio[inside], sigma2[inside], inside)
        estimate = np.where(np.isfinite(sigma2), self.own + at.shift, np.nan)
        return _Found(estimate, np.sqrt(variance), df, np.sqrt(sigma2), ratio)

    def at(self, ratio: FloatArray, cells: BoolArray | slice = slice(None)) -> _At:
        """Return the model at a ratio for each response."""
        size = self.sizes[:, None]
        w = ratio / (1.0 + size * ratio)
        dw = 1.0 / (1.0 + size * ratio) ** 2
        m = self.xx - np.einsum("mc,mij->cij", w, self.a)
        inverse = np.linalg.inv(m)
        b, c = self.b[:, :, cells], self.c[:, cells]
        right = -np.einsum("mc,mic->ci", w, b)
        shift = np.einsum("cij,cj->ci", inverse, right)
        residual = self.yy[cells] - (w * c).sum(axis=0) - (shift * right).sum(axis=1)
        falls = np.einsum("mc,mij->cij", dw, self.a)
        left = c - 2.0 * np.einsum("ci,mic->mc", shift, b)
        left += np.einsum("ci,mij,cj->mc", shift, self.a, shift)
        lean = -(dw * left).sum(axis=0)
        slope = (self.members[:, None] * size / (1.0 + size * ratio)).sum(axis=0)
        slope = slope - np.einsum("cij,cji->c", inverse, falls)
        return _At(slope, residual, shift.T, inverse, lean)

    def _score(self, ratio: FloatArray, cells: BoolArray | slice = slice(None)) -> FloatArray:
        """Return the derivative of the profiled criterion in the ratio."""
        at = self.at(ratio, cells)
        return np.asarray(at.slope + (self.rows - self.effects) * at.lean / at.residual)

    def _root(self) -> FloatArray:
        """Return the ratio with the least criterion: 0, or where the derivative vanishes."""
        count = len(self.yy)
        scores = np.stack([self._score(np.full(count, r)) for r in (0.0, *_GRID)])
        rising = scores[1:] > 0.0
        crosses = rising & ~np.vstack([scores[:1] > 0.0, rising[:-1]])
        found = np.zeros(count)
        live: BoolArray = np.asarray(crosses.any(axis=0))
        if not live.any():
            return found
        first = np.argmax(crosses, axis=0)[live]
        grid = np.log(np.concatenate([[1e-12], _GRID]))
        low, high = grid[first], grid[first + 1]
        at = np.flatnonzero(live)
        f_low, f_high = scores[first, at], scores[first + 1, at]
        for _ in range(_STEPS):
            middle = (low * f_high - high * f_low) / (f_high - f_low)
            f = self._score(np.exp(middle), live)
            up = f > 0.0
            same = up == (f_high > 0.0)
            f_low = np.where(up, np.where(same, f_low / 2.0, f_low), f)
            f_high = np.where(up, f, np.where(same, f_high, f_high / 2.0))
            low, high = np.where(up, low, middle), np.where(up, middle, high)
            if (np.minimum(np.abs(f), high - low) < _CLOSE).all():
                break
        found[live] = np.exp(middle)
        return found

    def _degrees(self, ratio: FloatArray, sigma2: FloatArray, cells: BoolArray) -> FloatArray:
        """Return Satterthwaite's degrees of freedom, shape (fixed effects, responses)."""
        at = self.at(ratio, cells)
        step = 1e-4 * ratio
        up, down = self.at(ratio + step, cells), self.at(ratio - step, cells)
        curve = (up.slope + up.lean / sigma2 - down.slope - down.lean / sigma2) / (2.0 * step)
        cross = -at.lean / sigma2**2
        own = (self.rows - self.effects) / sigma2**2
        det = curve * own - cross**2
        dw = 1.0 / (1.0 + self.sizes[:, None] * ratio) ** 2
        falls = np.einsum("mc,mij->cij", dw, self.a)
        unscaled = np.einsum("cii->ic", at.inverse)
        grows = sigma2 * np.einsum("cij,cjk,cki->ic", at.inverse, falls, at.inverse)
        noise = own * grows**2 - 2.0 * cross * grows * unscaled + curve * unscaled**2
        return np.asarray((sigma2 * unscaled) ** 2 * det / noise)

    def _closed_form(self) -> FloatArray:
        """Return the ratio from mean squares between and within groups."""
        m = float(self.sizes[0])
        between = self.c[0] / m
        rank = int(np.linalg.matrix_rank(self._between))
        df_between = self.groups - rank
        df_within = self.rows - self.groups - (self.effects - rank)
        if df_between < 1 or df_within < 1:
            return np.zeros(len(self.yy))
        within = np.maximum(self.yy - between, 0.0) / df_within
        excess = between / df_between - within
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(np.where(excess > 0.0, excess / (m * within), 0.0))

    @staticmethod
    def _contains(x: FloatArray, part: FloatArray) -> bool:
        """Return whether a matrix's columns hold another's."""
        left = part - x @ np.linalg.lstsq(x, part, rcond=None)[0]
        return bool(np.abs(left).max() < 1e-9 * max(np.abs(x).max(), 1.0))


def _group_sums(values: FloatArray, code: IntArray, groups: int) -> FloatArray:
    found = np.zeros((groups, values.shape[1]))
    np.add.at(found, code, values)
    return found
