// Coverage is counted only in the process of the tests. Programs that the tests start would write their own results, and merging these
// reports lines as not covered that did run.
delete process.env.NODE_V8_COVERAGE
