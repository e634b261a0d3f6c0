"""Every driver: SQL, Parquet, language models, channels."""
