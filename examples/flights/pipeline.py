"""What the model's numbers are made of: the transforms of the features and of what is asked. Declarations only."""

import ropeway as rw
from ropeway import transforms as T


def prepared() -> rw.Pipeline:
    """Numbers without gaps and of one size, categories as numbers; features are those columns with two underscores."""
    p = rw.Pipeline("delays")
    p = p[T.numeric() & T.matching("__")] >> [T.SimpleImputer(strategy="median", add_indicator=True), T.RobustScaler()]
    p = p["distance"] >> T.StandardScaler()
    p = p["hour", "weekday", "carrier"] >> T.OneHotEncoder(min_frequency=1000, handle_unknown="infrequent_if_exist")
    p = p["aircraft__manufacturer", "plane__dest_last"] >> [
        T.SimpleImputer(strategy="constant", fill_value="unknown"),
        T.OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1),
    ]
    return p["origin", "dest"] >> T.HashedCross(n_bins=1000)
