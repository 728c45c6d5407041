"""Tests of the losses: values, gradients and extreme inputs."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose
from scipy.special import logsumexp, rel_entr, softmax
from scipy.stats import multivariate_normal, norm
from torch.autograd import gradcheck

from skdeepcluster.centroid._dcn import move_centers
from skdeepcluster.losses import (
    balanced_frequencies,
    balanced_target,
    bernoulli_nll,
    expected_gaussian_log_density,
    gaussian_kl,
    gaussian_log_density,
    kl_divergence,
    mixture_kl,
    mixture_nll,
    neighborhood_kl,
    squared_distances,
    squared_error,
    student_t_log_assignment,
    target_distribution,
)

DTYPES = [torch.float32, torch.float64]

rng = np.random.default_rng(0)
Z, CENTERS = rng.normal(size=(6, 3)), rng.normal(size=(4, 3))
FAR = 1e3 + rng.normal(size=(40, 3))
LOGITS = rng.normal(size=(6, 4))
DATA = rng.random((6, 4))
FACTORS = np.triu(rng.normal(size=(4, 3, 3)), 1) + np.diag([0.5, 1.0, 2.0])
NORMALS, SHARES = rng.normal(size=(2, 6, 3)), np.array([0.7, 0.3])
P = softmax(rng.normal(size=(6, 4)), axis=1)
LOG_Q = np.log(softmax(LOGITS, axis=1))


def naive_distances(z, centers):
    return np.array([[((a - b) ** 2).sum() for b in centers] for a in z])


def naive_student_t(z, centers, dof=1.0):
    q = (1 + naive_distances(z, centers) / dof) ** (-(dof + 1) / 2)
    return np.log(q / q.sum(1, keepdims=True))


def naive_target(log_q):
    q = np.exp(log_q)
    p = q**2 / q.sum(0)
    return p / p.sum(1, keepdims=True)


def naive_bernoulli(x, logits):
    mean = 1 / (1 + np.exp(-logits))
    return -(x * np.log(mean) + (1 - x) * np.log(1 - mean)).sum(1)


def naive_gaussian_kl(mean, log_var):
    return 0.5 * (mean**2 + np.exp(log_var) - 1 - log_var).sum(1)


def naive_log_density(z, means, factors):
    covariances = np.linalg.inv(factors @ factors.swapaxes(1, 2))
    pairs = zip(means, covariances, strict=True)
    return np.stack([multivariate_normal(*pair).logpdf(z) for pair in pairs], axis=1)


def naive_expected_log_density(mean, log_var, means, factors):
    precisions = factors @ factors.swapaxes(1, 2)
    trace = np.einsum("nj,kjj->nk", np.exp(log_var), precisions)
    return naive_log_density(mean, means, factors) - 0.5 * trace


def naive_mixture_kl(log_gamma, log_joint, log_var):
    entropy = norm(0, np.exp(log_var / 2)).entropy().sum(1)
    return (np.exp(log_gamma) * (log_gamma - log_joint)).sum(1) - entropy


def naive_neighborhood_kl(log_q, log_density, log_var, weights):
    log_prior = np.log(np.einsum("m,mnk->nk", weights, np.exp(log_q)))
    rows = zip(weights, log_q, log_density, log_var, strict=True)
    return sum(w * naive_mixture_kl(q, log_prior + p, v) for w, q, p, v in rows)


# The loss, the formula, their arguments.
LOSSES = [
    (squared_distances, naive_distances, (Z, CENTERS)),
    (student_t_log_assignment, naive_student_t, (Z, CENTERS)),
    (student_t_log_assignment, naive_student_t, (Z, CENTERS, 3.0)),
    (target_distribution, naive_target, (LOG_Q,)),
    (kl_divergence, lambda p, log_q: rel_entr(p, np.exp(log_q)).sum(1), (P, LOG_Q)),
    (squared_error, lambda x, r: ((x - r) ** 2).sum(1), (DATA, LOGITS)),
    (bernoulli_nll, naive_bernoulli, (DATA, LOGITS)),
    (gaussian_kl, naive_gaussian_kl, (DATA, LOGITS)),
    (mixture_nll, lambda w, d: -logsumexp(w - d, axis=1), (LOG_Q, DATA)),
    (gaussian_log_density, naive_log_density, (Z, CENTERS, FACTORS)),
    (
        expected_gaussian_log_density,
        naive_expected_log_density,
        (Z, -Z, CENTERS, FACTORS),
    ),
    (mixture_kl, naive_mixture_kl, (LOG_Q, LOGITS, Z)),
    (
        neighborhood_kl,
        naive_neighborhood_kl,
        (np.stack([LOG_Q, np.log(P)]), np.stack([LOGITS, DATA]), NORMALS, SHARES),
    ),
]
loss_table = pytest.mark.parametrize(
    ("loss", "formula", "args"),
    LOSSES,
    ids=[f"{loss.__name__}-{len(args)}" for loss, _, args in LOSSES],
)


def tensors(*args, dtype=torch.float64, grad=False):
    return [
        torch.tensor(a, dtype=dtype, requires_grad=grad)
        if isinstance(a, np.ndarray)
        else a
        for a in args
    ]


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@loss_table
def test_values(loss, formula, args, dtype):
    result = loss(*tensors(*args, dtype=dtype))
    assert result.dtype == dtype
    rtol = 1e-12 if dtype == torch.float64 else 1e-4
    assert_allclose(result, formula(*args), rtol=rtol, atol=rtol / 100)


@loss_table
def test_gradients(loss, formula, args):
    arrays = tensors(*args, grad=True)
    assert gradcheck(loss, arrays)


EXTREMES = {
    "logits of 1e3": (bernoulli_nll, DATA.round(), 1e3 * LOGITS),
    "logits of -1e3": (bernoulli_nll, DATA, -1e3 * np.abs(LOGITS)),
    "a variance near zero": (gaussian_kl, DATA, np.full_like(DATA, -30.0)),
    "a tiny log-variance": (gaussian_kl, 0 * DATA, np.full_like(DATA, 1e-4)),
    "coincident points": (student_t_log_assignment, CENTERS.repeat(2, 0), CENTERS),
    "coincident centers": (student_t_log_assignment, Z, CENTERS[[0, 0, 1]]),
    "far centers": (student_t_log_assignment, Z, 1e6 * CENTERS),
    "an offset": (student_t_log_assignment, Z.round(2) + 1e3, CENTERS.round(2) + 1e3),
    "distances at an offset": (squared_distances, FAR, FAR[:30] + 1),
    "far from all but one": (
        target_distribution,
        1e3 * (LOG_Q - LOG_Q.max(1)[:, None]),
    ),
    "zeros in q": (kl_divergence, P, 1e3 * LOG_Q),
}


@pytest.mark.parametrize("case", EXTREMES)
def test_float32_agrees_with_float64_at_extreme_inputs(case):
    loss, *args = EXTREMES[case]
    args = [a.astype(np.float32) for a in args]
    single, double = ([*tensors(*args, dtype=d, grad=True)] for d in DTYPES)
    results = loss(*single), loss(*double)
    for result in results:
        result.square().sum().backward()
    assert torch.isfinite(results[0]).all()
    assert_allclose(*(r.detach() for r in results), rtol=1e-4, atol=1e-6)
    for a, b in zip(single, double, strict=True):
        assert torch.isfinite(a.grad).all()
        scale = b.grad.abs().max().item() + 1e-30
        assert_allclose(a.grad, b.grad, rtol=1e-3, atol=1e-5 * scale)


@pytest.mark.parametrize("dof", [1.0, 3.0])
def test_gradients_of_dec_are_those_of_the_paper(dof):
    z, centers = tensors(Z, CENTERS, grad=True)
    log_q = student_t_log_assignment(z, centers, dof)
    p = target_distribution(log_q).detach()
    kl_divergence(p, log_q).sum().backward()

    difference = Z[:, None] - CENTERS
    q = np.exp(log_q.detach().numpy())
    pull = (p.numpy() - q) / (1 + naive_distances(Z, CENTERS) / dof)
    forces = (dof + 1) / dof * pull[:, :, None] * difference
    assert_allclose(z.grad, forces.sum(1), atol=1e-12)
    assert_allclose(centers.grad, -forces.sum(0), atol=1e-12)


logits = arrays(np.float64, (8, 3), elements=st.floats(-20, 20))


@given(logits)
def test_target_is_the_normalised_square_over_the_frequency(values):
    log_q = torch.tensor(values).log_softmax(1)
    p = target_distribution(log_q)
    assert_allclose(p.sum(1), 1)
    assert_allclose(p, naive_target(log_q.numpy()), rtol=1e-9, atol=1e-300)


@given(logits)
def test_target_at_equal_frequencies_is_sharper_and_keeps_the_order(values):
    log_q = torch.tensor(values).log_softmax(1)
    q = log_q.exp()
    p = target_distribution(log_q, torch.full((3,), 8 / 3, dtype=torch.float64))
    entropies = [-torch.special.xlogy(a, a).sum(1) for a in (p, q)]
    assert (entropies[0] <= entropies[1] + 1e-12).all()
    largest = q.argmax(1, keepdim=True)
    assert_allclose(p.gather(1, largest)[:, 0], p.amax(1))


def test_target_with_an_empty_cluster_leaves_it_empty():
    log_q = torch.tensor([[0.0, -torch.inf], [0.0, -torch.inf]])
    assert_allclose(target_distribution(log_q), [[1, 0], [1, 0]])


def test_target_takes_given_frequencies():
    log_q, frequencies = tensors(LOG_Q, np.array([1.0, 2.0, 3.0, 4.0]))
    p = np.exp(LOG_Q) ** 2 / [1, 2, 3, 4]
    expected = p / p.sum(1, keepdims=True)
    assert_allclose(target_distribution(log_q, frequencies), expected)


@given(logits)
def test_a_balanced_target_is_stationary(values):
    # On the simplex, the gradient of KL(p_i||q_i) + KL(f||u), log p - log q + log f,
    # is the same in all of a row.
    log_q = torch.tensor(values).log_softmax(1)
    p = balanced_target(log_q)
    assert_allclose(p.sum(1), 1)
    residual = p.log() - log_q + p.mean(0).log()
    assert_allclose(residual - residual.mean(1, keepdim=True), 0, atol=1e-10)
    assert_allclose(balanced_frequencies(log_q), p.mean(0), rtol=1e-10)
    assert_allclose(balanced_target(log_q, p.mean(0)), p, atol=1e-12)


def test_a_balanced_target_solves_the_papers_problem_and_its_own_form_nearly():
    log_q = torch.tensor(LOG_Q)

    def objective(p):
        mean = p.mean(0)
        balance = (mean * (4 * mean).log()).sum()
        return (kl_divergence(p, log_q).mean() + balance).item()

    q = log_q.exp()
    papers = q / q.sum(0).sqrt()
    papers /= papers.sum(1, keepdim=True)
    least = objective(balanced_target(log_q))
    assert least < objective(papers) < objective(q)
    assert objective(papers) - least < 0.1 * (objective(q) - least)


@pytest.mark.parametrize("target", [target_distribution, balanced_target])
def test_targets_leave_even_and_decided_assignments_as_they_are(target):
    even = torch.full((6, 3), -np.log(3.0))
    assert_allclose(target(even), even.exp(), rtol=1e-6)
    decided = torch.eye(3).repeat(2, 1)
    log_q = decided.clamp_min(1e-30).log().requires_grad_()
    p = target(log_q.detach())
    assert_allclose(p, decided, atol=1e-7)
    kl_divergence(p, log_q.log_softmax(1)).sum().backward()
    assert_allclose(log_q.grad, 0, atol=1e-6)


def test_a_balanced_target_with_an_empty_cluster_leaves_it_empty():
    log_q = torch.tensor([[0.0, -torch.inf], [0.0, -torch.inf]])
    assert_allclose(balanced_target(log_q), [[1, 0], [1, 0]])


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_kl_takes_zero_times_its_logarithm_for_zero(dtype):
    p = torch.tensor([[1.0, 0.0], [0.25, 0.75]], dtype=dtype)
    log_q = p.clamp_min(1e-30).log().requires_grad_()
    divergence = kl_divergence(p, log_q)
    assert_allclose(divergence.detach(), 0, atol=1e-7)
    divergence.sum().backward()
    assert_allclose(log_q.grad, -p)


@given(
    z=arrays(np.float64, (12, 2), elements=st.floats(-100, 100)),
    labels=arrays(np.int64, 12, elements=st.integers(0, 3)),
    counts=arrays(np.int64, 4, elements=st.integers(1, 200)),
)
def test_centers_of_dcn_move_as_by_the_sequential_rule(z, labels, counts):
    start = np.arange(8.0).reshape(4, 2)
    centers, counts = torch.tensor(start), torch.tensor(counts).double()
    expected, n = start.copy(), counts.numpy().copy()
    for point, k in zip(z, labels, strict=True):
        n[k] += 1
        expected[k] -= (expected[k] - point) / n[k]

    move_centers(centers, counts, torch.tensor(z), torch.tensor(labels))
    assert_allclose(centers, expected, rtol=1e-12, atol=1e-12)
    assert_allclose(counts, n)


# Identities of the mixtures

distortions = arrays(np.float64, (8, 3), elements=st.floats(0, 1000))


@given(logits, distortions)
def test_a_mixture_is_never_better_than_its_best_expert(gate, d):
    gate, d = tensors(gate, d)
    best = d.amin(1)
    assert (mixture_nll(gate.log_softmax(1), d) >= best - 1e-9).all()
    perfect = torch.full_like(d, -torch.inf).scatter(1, d.argmin(1, keepdim=True), 0)
    assert_allclose(mixture_nll(perfect, d), best)


@given(logits, distortions)
def test_gradients_of_a_mixture_are_responsibilities(gate, d):
    gate, d = tensors(gate, d, grad=True)
    mixture_nll(gate.log_softmax(1), d).sum().backward()
    p = gate.detach().softmax(1)
    w = (gate - d).detach().softmax(1)
    assert_allclose(d.grad, w, atol=1e-12)
    assert_allclose(gate.grad, p - w, atol=1e-12)


@given(distortions, st.floats(0.01, 100))
def test_a_uniform_gate_costs_at_most_the_logarithm_of_its_width(d, temperature):
    (d,) = tensors(d)
    uniform = torch.full_like(d, 1 / 3).log()
    gap = temperature * mixture_nll(uniform, d / temperature) - d.amin(1)
    assert (gap >= -1e-9).all()
    assert (gap <= temperature * np.log(3) + 1e-9).all()


@given(logits, st.floats(0, 1000))
def test_among_equal_experts_the_gate_does_not_matter(gate, distortion):
    gate, d = tensors(gate, np.full((8, 3), distortion))
    assert_allclose(mixture_nll(gate.log_softmax(1), d), distortion, atol=1e-12)


def test_experts_that_are_far_off_do_not_underflow():
    log_p, d = torch.tensor([[0.3, 0.7]]).log(), torch.tensor([[1e4, 1e4 + 1]])
    expected = 1e4 - np.log(0.3 + 0.7 / np.e)
    assert_allclose(mixture_nll(log_p, d), expected, rtol=1e-6)


@given(logits, logits, arrays(np.float64, (8, 2), elements=st.floats(-3, 3)))
def test_other_responsibilities_cost_their_divergence(log_gamma, log_joint, log_var):
    log_gamma, log_joint, log_var = tensors(log_gamma, log_joint, log_var)
    log_gamma = log_gamma.log_softmax(1)
    best = log_joint.log_softmax(1)
    least = mixture_kl(best, log_joint, log_var)
    gap = mixture_kl(log_gamma, log_joint, log_var) - least
    assert_allclose(gap, kl_divergence(log_gamma.exp(), best), atol=1e-9)
    entropy = 0.5 * (1 + np.log(2 * np.pi) + log_var).sum(1)
    assert_allclose(least, -log_joint.logsumexp(1) - entropy, atol=1e-9)


vectors = arrays(np.float64, (8, 2), elements=st.floats(-3, 3))
STANDARD_NORMAL = tensors(np.zeros((1, 2)), np.eye(2)[None])


@given(vectors, vectors)
def test_a_mixture_of_one_standard_normal_is_a_standard_normal(mean, log_var):
    mean, log_var = tensors(mean, log_var)
    log_joint = expected_gaussian_log_density(mean, log_var, *STANDARD_NORMAL)
    kl = mixture_kl(torch.zeros_like(log_joint), log_joint, log_var)
    assert_allclose(kl, gaussian_kl(mean, log_var), atol=1e-9)


@given(vectors, vectors)
def test_the_most_probable_code_lacks_the_variances_of_the_bound(mean, log_var):
    mean, log_var = tensors(mean, log_var)
    log_prior = gaussian_log_density(mean, *STANDARD_NORMAL)[:, 0]
    log_posterior = torch.distributions.Normal(mean, (log_var / 2).exp()).log_prob(mean)
    rule = log_prior - log_posterior.sum(1)
    assert_allclose(rule, -mean.square().sum(1) / 2 + log_var.sum(1) / 2, atol=1e-9)
    expected = rule - (log_var.exp() - 1).sum(1) / 2
    assert_allclose(-gaussian_kl(mean, log_var), expected, atol=1e-9)


def test_far_codes_have_responsibilities_that_sum_to_one():
    z = torch.full((1, 3), 1e4)
    log_density = gaussian_log_density(
        z, torch.zeros(4, 3), torch.eye(3).expand(4, 3, 3)
    )
    assert_allclose(log_density.log_softmax(1).exp().sum(), 1)
