"""What is computed: kernels over sorted arrays, aggregates, expressions; knows nothing of frames, tables or engines."""
