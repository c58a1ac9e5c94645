"""What things cost, each beside a yardstick. Run all with `python3 run.py bench`, some with their names behind it;
with `--full` those that load many rows load as many as they promise to bear.

A benchmark is a module named in `__main__` with `run() -> list[Measurement]`; `README.md` here says how to
read the table.
"""
