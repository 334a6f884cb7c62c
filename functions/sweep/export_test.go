package sweep

// NewSweep is New with the results of the calls.
var NewSweep = newSweep
