"""Computing over tables: the plan, the Spark engine, the local engine."""
