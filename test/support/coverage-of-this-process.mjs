// Coverage is counted in the process of the tests alone. The programs that tests start would write theirs beside it, and merged with
// them, lines that ran are reported as if they had not.
delete process.env.NODE_V8_COVERAGE
