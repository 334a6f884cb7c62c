package aws

// For tests: the room with something between the SDK and the network, and its
// doors without Lambda.
var (
	OpenWith   = open
	HTTPDoor   = httpDoor
	EventsDoor = eventsDoor
	QueueDoor  = queueDoor
	TimerDoor  = timerDoor
)
