"""Gaussian mixture variational autoencoder with graph embedding."""

from collections.abc import Callable
from numbers import Integral
from typing import Any, Literal

import torch
from numpy.typing import ArrayLike
from sklearn.frozen import FrozenEstimator

from .._compat import HasMethods, Interval, StrOptions
from .._neighbors import neighbor_numbers, neighbors_of_all
from .._parts import check_layer_sizes
from .._typing import (
    Augment,
    Dtype,
    Estimator,
    Likelihood,
    Precision,
    RandomState,
    Sizes,
)
from ..base import BaseDeepTransformer
from ..losses import neighborhood_kl
from ..modules import autocast, draw_normal, mlp, reorder_outputs
from ._variational import BaseVariationalMixture, VariationalMixture


class _Module(VariationalMixture):
    def __init__(self, vae, n_clusters, covariance_type, sizes, precision):
        super().__init__(vae, n_clusters, covariance_type)
        self.head = mlp((vae.n_components, *sizes, n_clusters))
        self.precision = precision

    @autocast
    def logits(self, mean):
        return self.head(mean)

    def log_classes(self, mean):
        """log q(c | x) (batch, n_clusters)."""
        return self.logits(mean).log_softmax(1)

    def log_responsibilities(self, z, expected):
        return self.log_classes(z)

    def assign(self, x):
        return self.log_classes(self.embed(x))

    def reorder(self, order):
        super().reorder(order)
        reorder_outputs(self.head[-1], order)


class DGG(BaseVariationalMixture):
    r"""Gaussian mixture variational autoencoder with graph embedding.

    A variational autoencoder whose prior is a mixture of normal distributions, and a
    network that predicts the clusters from its codes, on whose predictions neighbours
    agree. New rows can be drawn from each cluster.

    Parameters
    ----------
    n_clusters : int, default=8
        Number of clusters, and of components of the mixture.

    autoencoder : transformer, default=None
        The network to start from: an :class:`~skdeepcluster.Autoencoder` or a
        :class:`~skdeepcluster.VariationalAutoencoder`, fitted within :meth:`fit`, or
        a fitted one in a :class:`sklearn.frozen.FrozenEstimator`, whose weights are
        copied. It has the same ``likelihood``. None means an ``Autoencoder``.

    init : clusterer, transformer or array-like of shape (n_samples,), default=None
        The clusters to start from: a clusterer of the autoencoder's codes, a
        transformer of the codes, whose embedding is clustered as by default, or labels,
        with -1 for noise. None means k-means, the best of 20 starts, or
        :class:`~skdeepcluster.GraphDegreeLinkage`: the ones of whose clusters a row's
        label tells more about the labels of its 10 nearest neighbours, by mutual
        information.

    init_space : {"codes", "data"}, default="codes"
        What ``init`` clusters: the autoencoder's codes, or the rows themselves, of
        which neighbours sometimes tell more.

    likelihood : {"gaussian", "bernoulli", "cosine", "multinomial"}, default="gaussian"
        Distribution of the data around a reconstruction. "bernoulli" is for data in
        [0, 1]. Two are for texts, the lengths of whose rows do not count: "cosine", the
        Gaussian one of the rows' directions, and "multinomial", that of their words.

    recon_precision : float or "auto", default="auto"
        Precision :math:`\tau` (the inverse of the variance) of the Gaussian
        likelihood. Too small, and the decoder ignores the code; too large, and the
        prior no longer matters. "auto" means the inverse of the mean variance of the
        features (of 10,000 rows at most), so that scaling the data changes nothing.
        With likelihood="cosine" it is that of the directions, with "multinomial" the
        number of words that a row counts for, the mean number if "auto".

    n_neighbors : int, default=5
        Number of neighbours of each row: the nearest rows, which count as much together
        as the row itself.

    neighbors : transformer, default=None
        Finds them in the place of an exact search: any transformer to a graph as
        :class:`sklearn.neighbors.KNeighborsTransformer`, such as the one of
        pynndescent. A row of which it finds fewer has them more than once.

    covariance_type : {"full", "tied", "diag"}, default="full"
        Covariances of the components. The paper's are "diag"; but the clusters of an
        autoencoder's codes are oblique, and "full" ones find and keep them better. A
        "tied" one, of all clusters, has fewer entries to learn in codes of many
        dimensions.

    head_hidden_layer_sizes : sequence of int, default=(256,)
        Units of the hidden layers of the network that predicts the clusters.

    class_epochs : int, default=100
        Largest number of epochs in which that network learns the clusters of the start,
        until all rows have theirs with more than half of the probability.

    max_epochs : int, default=100
        Number of epochs of the clustering stage.

    lr : float, default=5e-4
        Learning rate of these stages.

    lr_decay : float, default=0.9
        Factor of the learning rate every 10 epochs, down to a tenth of it.

    optimizer : callable, default=torch.optim.Adam
        Class of the optimizer.

    augment : callable, default=None
        From a batch (batch, n_features), a tensor, to a variant of it, drawn at random
        for each row, such as :class:`~skdeepcluster.augmentation.RandomAffine` of
        images. Batches pass through it in training; labels, targets and all that
        :meth:`fit` leaves are of the rows themselves.

    batch_size : int, default=256
        Number of rows in a batch.

    steps_per_epoch : int, default=None
        Number of batches that make an epoch, so that epochs are the same work for many
        rows and few. None means as many as there are in one pass over the rows.

    callbacks : list, default=None
        Callbacks of skorch for the training of this estimator, cloned before use.

    net_params : dict, default=None
        Further settings of :class:`skorch.NeuralNet`, such as
        ``{"optimizer__weight_decay": 1e-4}``.

    dtype : {"float32", "float64"}, default="float32"
        Dtype of the weights.

    precision : {"bfloat16"}, default=None
        Compute the networks, and nothing else, in mixed precision. None means in
        ``dtype``.

    device : str or torch.device, default="auto"
        Where to compute. "auto" means a GPU if there is one.

    warm_start : bool, default=False
        Let a second fit go on from the weights of the first, on the same rows or others
        of as many features, for ``max_epochs`` more and without a new start. Clusters
        keep their numbers.

    random_state : int, RandomState instance or None, default=None
        Seed of everything that is random in the fit.

    verbose : int, default=0
        0 is silent, 1 shows a progress bar for each stage, 2 a row for each epoch.

    Attributes
    ----------
    labels_ : ndarray of shape (n_samples,), dtype int32
        The clusters of the training data, numbered by decreasing size.

    initial_labels_ : ndarray of shape (n_samples,), dtype int32
        The clusters of the start, with the numbers of those that they became.

    temperature_ : float
        Temperature of the probabilities: above 1, the assignments of the method are
        surer than rows around each other agree.

    weights_ : ndarray of shape (n_clusters,)
        Weights of the components, for what is drawn: the mean of the assignments.

    means_ : ndarray of shape (n_clusters, n_components)
        Means of the components.

    covariances_ : ndarray of shape (n_clusters, n_components, n_components)
        Covariances of the components; if ``covariance_type="diag"``, their variances,
        of shape (n_clusters, n_components), and if "tied", the one of all, of shape
        (n_components, n_components).

    recon_precision_ : float
        The precision :math:`\tau` in use.

    module_ : torch.nn.Module
        The trained network.

    history_ : list of dict
        One row for each epoch: ``stage`` (those of the
        autoencoder, then "classes", "cluster"),
        ``epoch``, ``train_loss``, ``reconstruction``, ``kl``, ``lr``, ``seconds``.

    n_iter_ : int
        Number of epochs run, those of the start included.

    n_features_in_ : int
        Number of features seen in :meth:`fit`.

    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of features seen in :meth:`fit`, if they are all strings.

    See Also
    --------
    VaDE : The same without neighbours and without a network of the clusters.

    Notes
    -----
    A row :math:`x_0` has the weight :math:`w_0 = 1/2`, and each of its :math:`M`
    nearest rows :math:`x_1, \dots, x_M` the weight :math:`1/2M`. With the encoder's
    :math:`q(z|x) = N(m(x), \operatorname{diag} v(x))`, the network's probabilities
    :math:`\gamma_c(x)` at :math:`m(x)`, components :math:`p(z|c) = N(\mu_c, \Sigma_c)`
    and the likelihood of :class:`VaDE`, the loss is the mean over the rows of

    .. math:: \sum_m w_m \Big(-E_{q(z|x_m)} \log p(x_0|z) + \sum_c \gamma_c(x_m) \big(
              \log \gamma_c(x_m) - E_{q(z|x_m)} \log \bar\pi_c p(z|c)\big)
              - H(q(z|x_m))\Big),

    with one draw of :math:`z` for each. All of them restore the row :math:`x_0`, and
    the weights of the mixture are those of the neighbourhood,
    :math:`\bar\pi_c = \sum_m w_m \gamma_c(x_m)`: the terms
    :math:`\sum_m w_m KL(\gamma(x_m) \,\|\, \bar\pi)` are the Jensen-Shannon divergence
    of the neighbours' assignments.

    The start: as of :class:`VaDE`; then the network learns the clusters of the start.
    It alone decides on the cluster of a row, for which no neighbours are needed.
    :meth:`transform` returns :math:`m(x)`; :meth:`score_samples` is the evidence bound
    there with the weights :math:`\pi_c`, the means of :math:`\gamma_c` over the
    training data, and the likelihood's constant.

    The authors find the neighbours by a Siamese network; those among the rows do as
    well. With ``augment``, a row and its neighbours are varied each by itself, and
    restore the row as it is.

    References
    ----------
    .. [1] Yang, L., Cheung, N.-M., Li, J., Fang, J. (2019). Deep clustering by Gaussian
       mixture variational autoencoders with graph embedding. ICCV.
       https://doi.org/10.1109/ICCV.2019.00654

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skdeepcluster import DGG, Autoencoder
    >>> X = load_digits().data / 16
    >>> autoencoder = Autoencoder(5, hidden_layer_sizes=(64,), batch_size=64)
    >>> dgg = DGG(10, autoencoder=autoencoder, max_epochs=5, random_state=0)
    >>> dgg.fit(X).labels_.shape, dgg.means_.shape
    ((1797,), (10, 5))
    >>> digits, clusters = dgg.sample(3, cluster=0)
    >>> digits.shape, clusters
    ((3, 64), array([0, 0, 0]))
    """

    _parameter_constraints: dict = {
        **BaseVariationalMixture._parameter_constraints,
        "n_neighbors": [Interval(Integral, 1, None, closed="left")],
        "neighbors": [HasMethods(["fit_transform"]), None],
        "covariance_type": [StrOptions({"full", "tied", "diag"})],
        "head_hidden_layer_sizes": ["array-like"],
        "class_epochs": [Interval(Integral, 0, None, closed="left")],
    }

    def __init__(
        self,
        n_clusters: int = 8,
        *,
        autoencoder: BaseDeepTransformer | FrozenEstimator | None = None,
        init: Estimator | ArrayLike | None = None,
        init_space: Literal["codes", "data"] = "codes",
        likelihood: Likelihood = "gaussian",
        recon_precision: float | Literal["auto"] = "auto",
        n_neighbors: int = 5,
        neighbors: Estimator | None = None,
        covariance_type: Literal["full", "tied", "diag"] = "full",
        head_hidden_layer_sizes: Sizes = (256,),
        class_epochs: int = 100,
        max_epochs: int = 100,
        lr: float = 5e-4,
        lr_decay: float = 0.9,
        optimizer: Callable[..., torch.optim.Optimizer] = torch.optim.Adam,
        augment: Augment | None = None,
        batch_size: int = 256,
        steps_per_epoch: int | None = None,
        callbacks: list[Any] | None = None,
        net_params: dict[str, Any] | None = None,
        dtype: Dtype = "float32",
        precision: Precision | None = None,
        device: str | torch.device = "auto",
        warm_start: bool = False,
        random_state: RandomState = None,
        verbose: int = 0,
    ):
        self.n_clusters = n_clusters
        self.autoencoder = autoencoder
        self.init = init
        self.init_space = init_space
        self.likelihood = likelihood
        self.recon_precision = recon_precision
        self.n_neighbors = n_neighbors
        self.neighbors = neighbors
        self.covariance_type = covariance_type
        self.head_hidden_layer_sizes = head_hidden_layer_sizes
        self.class_epochs = class_epochs
        self.max_epochs = max_epochs
        self.lr = lr
        self.lr_decay = lr_decay
        self.optimizer = optimizer
        self.augment = augment
        self.batch_size = batch_size
        self.steps_per_epoch = steps_per_epoch
        self.callbacks = callbacks
        self.net_params = net_params
        self.dtype = dtype
        self.precision = precision
        self.device = device
        self.warm_start = warm_start
        self.random_state = random_state
        self.verbose = verbose

    def _check_fit(self, X):
        super()._check_fit(X)
        check_layer_sizes("head_hidden_layer_sizes", self.head_hidden_layer_sizes)
        if X.shape[0] <= self.n_neighbors:
            raise ValueError(
                f"n_samples={X.shape[0]} should be > n_neighbors={self.n_neighbors}, "
                "for a row is no neighbour of its own: give more rows, or lower "
                "n_neighbors."
            )

    def _start(self, X, rng):
        start = super()._start(X, rng)
        start.neighbors = self._neighbors(X)
        return start

    def _continued(self, X):
        start = super()._continued(X)
        start.neighbors = self._neighbors(X)
        return start

    def _neighbors(self, X):
        """Return the numbers of each row's neighbours (n_samples, n_neighbors)."""
        graph = neighbors_of_all(X, self.n_neighbors, self.neighbors)
        return neighbor_numbers(graph, self.n_neighbors)

    def _build(self, start):
        return _Module(
            self._variational(start),
            self.n_clusters,
            self.covariance_type,
            self.head_hidden_layer_sizes,
            self.precision,
        )

    def _begin(self, run, rng):
        super()._begin(run, rng)
        run.learn_labels(
            "classes",
            run.module.log_classes,
            run.start.labels,
            self.class_epochs,
            X=run.embed(),
            parameters=run.module.head.parameters(),
        )

    def _train(self, run, rng):
        module, vae, prior = run.module, run.module.vae, run.module.prior
        neighbors = torch.from_numpy(run.start.neighbors).to(run.net.device)
        n_views = 1 + self.n_neighbors
        weights = prior.means.new_full((n_views,), 0.5 / self.n_neighbors)
        weights[0] = 0.5

        def views(t):
            """Give the rows, and their neighbours, an axis (n_views, batch, ...)."""
            return t.unflatten(0, (n_views, -1))

        def negative_elbo(x, i):
            near = run.rows(neighbors[i].T.flatten())
            rows = x
            if self.augment is not None:
                # A neighbour cannot know how the row was varied.
                rows, near = run.rows(i), self.augment(near)
            mean, log_var = vae.posterior(torch.cat([x, near]))
            output = views(vae.output(draw_normal(mean, log_var)))
            distortions = vae.weigh(vae.output_errors(rows, output))
            kl = neighborhood_kl(
                views(module.log_classes(mean)),
                views(prior.expected_log_density(mean, log_var)),
                views(log_var),
                weights,
            )
            return {"reconstruction": (weights @ distortions).mean(), "kl": kl.mean()}

        self._joint_stage(run, negative_elbo)
        with torch.no_grad():
            prior.logits.copy_(run.map(module.assign).logsumexp(0))
