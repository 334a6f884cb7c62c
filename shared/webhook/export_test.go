package webhook

// What is fuzzed from outside.
var (
	SecretsOf  = secretsOf
	RetryAfter = retryAfter
)

// Excerpt is the excerpt of a body in which secrets are looked for.
func Excerpt(body []byte, secrets []string) string { return excerpt(body, forms(secrets)) }
