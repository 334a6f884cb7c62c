package console

// keysPath is where the access keys are.
const keysPath = base + "keys"
