"""The marketer's page: figures in, one self-contained HTML page out."""
