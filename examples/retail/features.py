"""What is known of a customer on the last evening of a month: when, how much and what they bought. Declarations only.

ropeway explain examples/retail/features.py:service --rows delta:data/retail/rows
"""

import ropeway as rw

SHOP = "Europe/London"  # where a month begins
CUSTOMER = rw.Entity("customer")
ITEM = rw.Entity("item", join_keys=["stock_code"])
GOODS = (rw.col("kind") == "goods") & (rw.col("quantity") > 0)  # not postage or a discount, and nothing that came back


def churn(
    lines: str = "delta:data/retail/lines", baskets: str = "delta:data/retail/baskets", *, labels: bool = False
) -> rw.FeatureService:
    """The features of the model; with `labels`, for the rows that it learns from, those too."""
    sold = rw.Source("lines", lines, timestamp="at")
    goods = rw.Source("goods", lines, timestamp="at", where=GOODS)
    invoices = rw.Source("baskets", baskets, timestamp="at", tiebreak=["invoice"])  # `rows=5` are always the same five
    bought = rw.Source("purchases", baskets, timestamp="at", tiebreak=["invoice"], where=~rw.col("is_return"))
    purchases = [rhythm(bought), visits(bought), spells(bought), spending(bought)]
    views = [*purchases, returns(invoices), taste(sold), fashion(goods)]
    return rw.FeatureService(
        "churn",
        [*views, later(invoices)] if labels else views,
        derived={
            "recent_spending": rw.col("spending__amount_sum_30d") / rw.col("spending__amount_sum_90d"),
            "overdue": rw.col("rhythm__time_since_last") * rw.col("rhythm__count") / rw.col("rhythm__time_since_first"),
        },
        owner="marketing",
        description="will this customer buy again within 30 days?",
    )


def later(invoices: rw.Source) -> rw.LabelView:
    """The answer: purchases in the 30 days from t on. Null, not 0, where the data ends before those 30 days do."""
    return rw.LabelView(
        "later",
        CUSTOMER,
        invoices,
        [rw.count().where(~rw.col("is_return")).ahead("30d").alias("purchases")],
        owner="marketing",
        description="whether they buy again",
    )


def rhythm(bought: rw.Source) -> rw.FeatureView:
    """How recently and how often."""
    return rw.FeatureView(
        "rhythm",
        CUSTOMER,
        bought,
        [
            rw.time_since_last(),
            rw.time_since_first(),
            rw.count(),
            rw.count().over("7d", "30d", "90d", "365d"),
        ],
        owner="marketing",
        description="how recently and how often they buy",
    )


def visits(bought: rw.Source) -> rw.FeatureView:
    """How purchases lie in time: apart or close together."""
    return rw.FeatureView(
        "visits",
        CUSTOMER,
        bought,
        [
            rw.count().over(*rw.windows("30d", times=3)),  # these 30 days, the 30 before them, and the 30 before those
            rw.count().over(calendar="month", tz=SHOP),
        ],
        owner="marketing",
        description="how their purchases lie in time",
    )


def spells(bought: rw.Source) -> rw.FeatureView:
    """How often they came back after a while: purchases less than 14 days apart are one spell."""
    return rw.FeatureView(
        "spells",
        CUSTOMER,
        rw.sessions(bought, "customer", gap="14d"),
        [
            rw.count_distinct("session_start").alias("number"),
            rw.count_distinct("session_start").over("365d").alias("year"),
        ],
        owner="marketing",
        description="how often they came back after a while",
    )


def spending(bought: rw.Source) -> rw.FeatureView:
    """How much."""
    return rw.FeatureView(
        "spending",
        CUSTOMER,
        bought,
        [
            rw.sum("amount"),
            rw.sum("amount").over("30d", "90d"),
            rw.sum("amount").over(calendar="month", tz=SHOP),
            rw.mean("amount"),
            rw.mean("amount").over("90d"),
            rw.mean("amount").over(rows=5),
            rw.median("amount").over("365d"),
            rw.quantile("amount", 0.9).over("365d").alias("amount_p90"),
            rw.trend("amount").over("180d"),
            rw.top_n("amount", 3).over("365d"),
            rw.last_n("amount", 3),
            rw.count_distinct("stock_codes").explode().over("90d"),
        ],
        owner="marketing",
        description="how much they spend, and on how many things",
    )


def returns(invoices: rw.Source) -> rw.FeatureView:
    """How much comes back."""
    return rw.FeatureView(
        "returns",
        CUSTOMER,
        invoices,
        [
            rw.mean("is_return").over("365d"),
            rw.longest_streak("is_return").over("365d"),
            rw.sum("amount").where(rw.col("is_return")).over("365d"),
            rw.time_since_last().where(rw.col("is_return")),
        ],
        owner="marketing",
        description="what they send back",
    )


def taste(sold: rw.Source) -> rw.FeatureView:
    """What they buy, and of how many kinds; postage and discounts are no taste."""
    return rw.FeatureView(
        "taste",
        CUSTOMER,
        sold,
        [
            rw.count_distinct("stock_code").where(GOODS),
            rw.count_distinct("stock_code").where(GOODS).over("90d"),
            rw.approx_count_distinct("stock_code").where(GOODS),
            rw.entropy("stock_code").where(GOODS).over("365d"),
            rw.mode("stock_code").where(GOODS).over("365d"),
            rw.mode_share("stock_code").where(GOODS).over("365d"),
            rw.histogram("stock_code", 5).where(GOODS).over("365d"),
            rw.median("price").where(GOODS).over("365d"),
            rw.sum("amount").by("kind").over("365d"),
        ],
        owner="assortment",
        description="what they buy, and how varied it is",
    )


def fashion(goods: rw.Source) -> rw.FeatureView:
    """A chain: how often an item was bought in the 30 days before each sale of it, and the mean of that per customer.

    Each line has the popularity of its item as of its own time. The customer's own earlier lines are in it, the line
    itself and what is sold in the same minute are not.
    """
    demand = rw.FeatureView(
        "item",
        ITEM,
        goods,
        [
            rw.count().over("30d"),
            rw.approx_count_distinct("customer").over("30d"),
            rw.time_since_first(),
        ],
        owner="assortment",
        description="how much an item is asked for",
    )
    known = rw.FeatureService("demand", [demand]).applied_to(goods)
    return rw.FeatureView(
        "fashion",
        CUSTOMER,
        known,
        [
            rw.mean("item__count_30d").over("90d"),
            rw.mean("item__customer_approx_count_distinct_30d").over("90d"),
            rw.mean(rw.col("item__count_30d") == 0).over("90d").alias("novelties"),
            rw.median("item__time_since_first").over("90d").alias("age_of_items"),
        ],
        owner="assortment",
        description="how popular what they bought was when they bought it",
    )


service = churn()
