"""The database: transactions, batches of statements, column types, pages, ids, engine, schema."""
