"""scikit-learn's common checks, all of them, over the table of estimators."""

import pytest
from estimators import ESTIMATORS, name
from sklearn.base import clone
from sklearn.utils import estimator_checks
from sklearn.utils.estimator_checks import parametrize_with_checks

# scikit-learn runs these on its own estimators only.
FURTHER_CHECKS = [
    estimator_checks.check_param_validation,
    estimator_checks.check_dataframe_column_names_consistency,
    estimator_checks.check_get_feature_names_out_error,
    estimator_checks.check_transformer_get_feature_names_out,
    estimator_checks.check_transformer_get_feature_names_out_pandas,
    estimator_checks.check_set_output_transform,
    estimator_checks.check_set_output_transform_pandas,
    estimator_checks.check_set_output_transform_polars,
    estimator_checks.check_global_output_transform_pandas,
    estimator_checks.check_global_set_output_transform_polars,
    estimator_checks.check_inplace_ensure_writeable,
]

pytestmark = [
    pytest.mark.filterwarnings(message)
    for message in (
        # The checks fit 10 to 20 random points with the default n_clusters=8.
        "ignore:.* found . clusters instead of:sklearn.exceptions.ConvergenceWarning",
        "ignore:.* the others have collapsed:sklearn.exceptions.ConvergenceWarning",
        "ignore:The graph of a batch of .* parts:sklearn.exceptions.ConvergenceWarning",
        "ignore:The outputs .* lost their rank:sklearn.exceptions.ConvergenceWarning",
        "ignore:The codes of .* carry:sklearn.exceptions.ConvergenceWarning",
        "ignore:What .* draws from its:sklearn.exceptions.ConvergenceWarning",
        # Some of their data lie far from zero.
        "ignore:X has means of .* Many a network:UserWarning",
        # Those of set_output mix data frames and arrays.
        "ignore:X (does not have valid|has) feature names:UserWarning",
    )
]


@parametrize_with_checks(ESTIMATORS, xfail_strict=True)
def test_scikit_learn(estimator, check):
    check(estimator)


@pytest.mark.parametrize("check", FURTHER_CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("estimator", ESTIMATORS, ids=name)
def test_scikit_learn_further(estimator, check):
    check(name(estimator), clone(estimator))
