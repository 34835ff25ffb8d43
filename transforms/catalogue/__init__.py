"""The catalogue: transforms, a file per family, each loaded when one of its names is first used."""

#: the public names of each file
FAMILIES: dict[str, tuple[str, ...]] = {
    "scaling": ("MaxAbsScaler", "MinMaxScaler", "RobustScaler", "StandardScaler"),
    "missing": ("MissingIndicator", "SimpleImputer"),
    "categories": ("OneHotEncoder", "OrdinalEncoder"),
    "targets": ("TargetEncoder",),
    "crosses": ("HashedCross",),
    "text": (
        "EmailDomain", "Length", "Lower", "NormalizeUnicode", "RegexExtract", "RegexReplace", "RemoveAccents",
        "RemovePunctuation", "Replace", "Strip", "TextToNumber", "Upper", "UrlDomain",
    ),
    "textfeatures": ("TextFeatures",),
    "tokens": ("CharNGrams", "RegexTokenizer", "Stem", "StopWordsRemover", "Tokenize", "WordNGrams"),
    "similarity": ("JaccardSimilarity", "JaroWinkler", "Levenshtein", "MinHash"),
    "vectorizers": ("CountVectorizer", "HashingVectorizer", "TfidfVectorizer"),
    "weights": ("HashingTF", "IDF", "TfidfTransformer"),
    "calendars": (
        "DatetimeFeatures", "DatetimeOrdinal", "HolidayIndicator", "LocalTime", "PeriodOfDay", "Truncate",
    ),
    "elapsed": ("AgeBucket", "BusinessDays", "DatetimeSubtraction", "DaysUntil", "ExponentialDecay", "TimeSince"),
    "cycles": ("CyclicalFeatures", "FourierFeatures"),
    "passing": ("Passthrough",),
}  # fmt: skip
