"""What things cost, each beside a yardstick. Run all with `python3 run.py bench`, some with their names behind it;
with `--full` those that load many rows load as many as they promise to bear.

A benchmark is a module here with `run() -> list[dict]`. Each row has `name`; `measured` and `yardstick` in `unit`
(`yardstick` may be None); `ratio`, the measured over the yardstick in the sense that `aim` means; and `aim`, such as
`>= 0.3` or `<= 100`, about the ratio, or about what was measured when there is no yardstick.
"""
