package webhook

// What is fuzzed from outside.
var (
	Excerpt    = excerpt
	SecretsOf  = secretsOf
	RetryAfter = retryAfter
)
