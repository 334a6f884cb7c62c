package tcrapi

// For the tests of how rules are written.
var (
	Condition      = condition
	ParseCondition = parseCondition
	NamespaceID    = namespaceID
	Unflatten      = unflatten
)
