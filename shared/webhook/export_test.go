package webhook

// What is fuzzed from outside.
var (
	Excerpt    = excerpt
	RetryAfter = retryAfter
)
