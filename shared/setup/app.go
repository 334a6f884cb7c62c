package setup

import "github.com/shipbell/shipbell/shared/app"

// App makes the use cases of a function. A function that tests triggers sets their
// Sender.
func (b *Base) App() *app.App {
	return &app.App{Store: b.Store, Queue: b.Queue, ProcessStart: b.ProcessStart, MaxTimeout: b.MaxAttemptTimeout, Now: b.Now}
}
