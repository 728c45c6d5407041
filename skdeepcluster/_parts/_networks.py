"""Networks of autoencoders, by their sizes."""

from ..modules import ConvAutoencoder, DenseAutoencoder


def default_sizes(sizes, image_shape):
    """Return the sizes of an autoencoder's hidden layers, where None was given."""
    if sizes is not None:
        return tuple(sizes)
    return (256, 128) if image_shape is None else (32, 64, 128)


def make_network(n_features, image_shape, sizes, n_outputs, n_components):
    """Return a convolutional network for images, else a dense one."""
    if image_shape is None:
        return DenseAutoencoder(n_features, sizes, n_outputs, n_components)
    return ConvAutoencoder(tuple(image_shape), sizes, n_outputs, n_components)
