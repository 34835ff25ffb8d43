"""The transforms of the census, declared once here; `twin` says the same to scikit-learn, to be compared with."""

from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler, TargetEncoder
from xgboost import XGBClassifier

import ropeway as rw
from ropeway import transforms as T

LABEL = "rich"
AGE = ["age", "hours_per_week", "education_num"]
MONEY = ["capital_gain", "capital_loss"]
FEW = ["marital_status", "relationship", "race", "sex"]
MANY = ["workclass", "occupation", "native_country"]


def model() -> XGBClassifier:
    """The model that ends both."""
    return XGBClassifier(n_estimators=200, max_depth=5, learning_rate=0.1, n_jobs=2, random_state=0)


def income() -> rw.Pipeline:
    """Lines side by side, each a series of steps."""
    p = rw.Pipeline("income")
    p = p[AGE] >> [T.SimpleImputer(strategy="median"), T.StandardScaler()]
    p = p[MONEY] >> T.StandardScaler()
    p = p[FEW] >> T.OneHotEncoder(handle_unknown="ignore")
    p = p[MANY] >> [
        T.SimpleImputer(strategy="constant", fill_value="unknown"),
        T.OneHotEncoder(min_frequency=100, handle_unknown="infrequent_if_exist"),
    ]
    p = p["occupation", "education"] >> T.TargetEncoder(random_state=0).alias("earning")
    return p >> model()


def twin() -> Pipeline:
    """The same as scikit-learn's own ColumnTransformer."""
    columns = ColumnTransformer(
        [
            ("age", make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), AGE),
            ("money", StandardScaler(), MONEY),
            ("few", OneHotEncoder(handle_unknown="ignore", sparse_output=False), FEW),
            (
                "many",
                make_pipeline(
                    SimpleImputer(strategy="constant", fill_value="unknown"),
                    OneHotEncoder(min_frequency=100, handle_unknown="infrequent_if_exist", sparse_output=False),
                ),
                MANY,
            ),
            ("target", TargetEncoder(), ["occupation", "education"]),
        ]
    )
    return make_pipeline(columns, model())
