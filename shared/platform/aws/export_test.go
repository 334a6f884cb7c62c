package aws

// For tests: the platform with something between the SDK and the network, and a
// function's handler without Lambda.
var (
	OpenWith   = open
	NewHandler = newHandler
)
