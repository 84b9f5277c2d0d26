"""What the data tell about the covariance of visits: second derivatives of the likelihood."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from rewire.numerics.repeated_covariance import Structure
from rewire.numerics.repeated_likelihood import Likelihood, Solved

FloatArray = npt.NDArray[np.float64]


class RepeatedInformation:
    """Sums over people that second derivatives and Kenward and Roger's adjustment are made of.

    Parameters
    ----------
    likelihood
        Of the data.
    structure, parameters
        Where it is looked at.
    solved
        The model there.

    Notes
    -----
    With V_i and V_ij the derivatives of the covariance of all responses, W its inverse and X the
    design (here with orthonormal columns): P_i = -X'W V_i W X, Q_ij = X'W V_i W V_j W X and
    R_ij = X'W V_ij W X, the notation of Kenward and Roger 1997 (10.2307/2533558).

    Attributes
    ----------
    p
        Shape (parameters, effects, effects).
    q, r
        Shape (parameters, parameters, effects, effects); r is 0 where the structure is linear.
    information
        Expected information of the parameters about -2 log likelihood over 2, shape
        (parameters, parameters).
    hessian
        Observed: second derivatives of -2 log restricted likelihood.
    """

    def __init__(
        self, likelihood: Likelihood, structure: Structure, parameters: FloatArray, solved: Solved
    ) -> None:
        first, second = structure.slopes(parameters), structure.curvature(parameters)
        count = len(first)
        once, twice, bent = [], [], []
        traces, bent_traces = np.zeros((count, count)), np.zeros((count, count))
        for pattern, inverse in zip(likelihood.patterns, solved.inverses, strict=True):
            rows, columns = pattern.visits[:, None], pattern.visits[None, :]
            own = inverse @ first[:, rows, columns]
            traces += pattern.people * np.einsum("aij,bji->ab", own, own)
            once.append(own @ inverse)
            twice.append(np.einsum("aij,bjk->abik", own, own @ inverse))
            curved = second[:, :, rows, columns]
            bent_traces += pattern.people * np.einsum("ij,abij->ab", inverse, curved)
            bent.append(inverse @ curved @ inverse)
        products, doubled = likelihood.gather(once), likelihood.gather(twice)
        self.p: FloatArray = -products[:, :-1, :-1]
        self.q: FloatArray = doubled[:, :, :-1, :-1]
        whole_r = np.zeros_like(doubled) if structure.linear else likelihood.gather(bent)
        self.r: FloatArray = whole_r[:, :, :-1, :-1]
        phi, border = solved.unscaled, solved.border
        scaled = phi @ self.p
        fixed = 2.0 * np.einsum("ij,abji->ab", phi, self.q)
        fixed -= np.einsum("aij,bji->ab", scaled, scaled)
        expected = traces - fixed
        self.information: FloatArray = (expected + expected.T) / 4.0
        half = products[:, :-1, :] @ border
        inner = np.einsum("i,abij,j->ab", border, doubled, border) - half @ phi @ half.T
        curving = bent_traces - np.einsum("ij,abij->ab", phi, self.r)
        curving -= np.einsum("i,abij,j->ab", border, whole_r, border)
        hessian = curving - expected + 2.0 * inner
        self.hessian: FloatArray = (hessian + hessian.T) / 2.0
