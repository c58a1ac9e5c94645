"""The house stays as drawn: its rules as checks of the source, each seen to fail on a planted violation."""
