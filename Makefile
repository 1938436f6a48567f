# `make demo` and `make test` do all set-up themselves on Debian and Ubuntu with a Rust toolchain.
.PHONY: demo test prove release setup fmt

# Builds and runs the sandbox: one purchase by itself, then a shop to try.
demo:
	cargo build --release --package app --bin givr
	./target/release/givr demo

# What is missing on this machine: PostgreSQL's programs and Chromium.
setup:
	scripts/setup

# Everything that has to hold: format, lints, documents, all tests on SQLite and on PostgreSQL, and the browser test.
test: setup
	scripts/test

# The promise under faults: seeds, crashes at every gate of every scenario. PROFILE=long takes an hour or more.
prove: setup
	scripts/prove

# What is handed out: the program without symbols and a Debian package, in target/release-files.
release:
	scripts/release

fmt:
	cargo fmt --all
